/**
 * What every platform does alike, whatever runtime it is of.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { Datagram, Endpoint, Network } from "@containment-breach/containment-breach/peer";

/** One thing that a network does. */
export interface Behaviour {
  readonly name: string;
  readonly check: (network: Network) => Promise<void>;
}

/** All of them. */
export const BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "datagrams come with their source, in IPv4 and IPv6",
    async check(network) {
      for (const address of ["127.0.0.1", "::1"]) {
        const [a, b] = [openAt(network, address), openAt(network, address)];
        assert.deepEqual(await a.send(bytes(1, 2), b.local), "taken");
        assert.deepEqual(await next(b), { bytes: [1, 2], source: a.local });
        await b.send(bytes(), a.local);
        assert.deepEqual(await next(a), { bytes: [], source: b.local });
        for (const socket of [a, b]) socket.close();
      }
    },
  },
  {
    name: "a socket of a family is at all its addresses, at a port that is known at once",
    async check(network) {
      const a = openAt(network, "127.0.0.1");
      const anywhere = network.openUdp("IPv4");
      assert.equal(anywhere.local.address, "0.0.0.0");
      await a.send(bytes(3), { address: "127.0.0.1", port: anywhere.local.port });
      assert.deepEqual(await next(anywhere), { bytes: [3], source: a.local });
      const six = network.openUdp("IPv6");
      assert.equal(six.local.address, "::");
      await a.send(bytes(4), { address: "127.0.0.1", port: six.local.port });
      for (const socket of [a, anywhere, six]) socket.close();
    },
  },
  {
    name: "an IPv4 source is an IPv4 address, also where the socket has both families",
    async check(network) {
      const six = network.openUdp("IPv6");
      const a = openAt(network, "127.0.0.1");
      await a.send(bytes(5), { address: "127.0.0.1", port: six.local.port });
      assert.deepEqual(await next(six), { bytes: [5], source: a.local });
      for (const socket of [a, six]) socket.close();
    },
  },
  {
    name: "what came before anybody asked is kept, in its order",
    async check(network) {
      const [a, b] = [openAt(network, "127.0.0.1"), openAt(network, "127.0.0.1")];
      for (let i = 0; i < 100; i++) await a.send(bytes(i), b.local);
      const reader = b[Symbol.asyncIterator]();
      for (let i = 0; i < 100; i++) assert.deepEqual([...(await reader.next()).value.bytes], [i]);
      for (const socket of [a, b]) socket.close();
    },
  },
  {
    name: "what cannot be sent is lost, and said",
    async check(network) {
      const a = openAt(network, "127.0.0.1");
      assert.equal(await a.send(new Uint8Array(65_508), a.local), "too_long");
      assert.equal(await a.send(bytes(1), { address: "::1", port: a.local.port }), "refused");
      a.close();
      assert.equal(await a.send(bytes(1), a.local), "refused");
    },
  },
  {
    name: "a datagram that is refused far away costs no other one",
    async check(network) {
      const [a, b, gone] = ["127.0.0.1", "127.0.0.1", "127.0.0.1"].map((at) => openAt(network, at));
      gone.close();
      const reader = b[Symbol.asyncIterator]();
      for (let i = 0; i < 20; i++) {
        await a.send(bytes(0), gone.local);
        // The refusal has come by then, and the runtime has heard of it every other time.
        if (i % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        assert.equal(await a.send(bytes(i), b.local), "taken");
        assert.deepEqual([...(await reader.next()).value.bytes], [i]);
      }
      await b.send(bytes(9), a.local);
      assert.deepEqual(await next(a), { bytes: [9], source: b.local });
      for (const socket of [a, b]) socket.close();
    },
  },
  {
    name: "iteration ends at the close, and closing twice does nothing",
    async check(network) {
      const socket = openAt(network, "127.0.0.1");
      const reader = socket[Symbol.asyncIterator]();
      const waiting = reader.next();
      socket.close();
      socket.close();
      assert.equal((await waiting).done, true);
      assert.equal((await reader.next()).done, true);
    },
  },
  {
    name: "a port that is taken, or an address that is nobody's, cannot be bound",
    check(network) {
      const socket = openAt(network, "127.0.0.1");
      const code = (code: string) => (error: unknown) => (error as { code?: string }).code === code;
      assert.throws(() => network.openUdp(socket.local), code("EADDRINUSE"));
      // Of a documentation network (RFC 5737): nobody's.
      assert.throws(() => openAt(network, "203.0.113.213"), code("EADDRNOTAVAIL"));
      socket.close();
      return Promise.resolve();
    },
  },
  {
    name: "a port is free again once its socket is closed",
    async check(network) {
      const socket = openAt(network, "127.0.0.1");
      socket.close();
      // Runtimes close behind the call.
      await new Promise((resolve) => setTimeout(resolve, 10));
      network.openUdp(socket.local).close();
    },
  },
  {
    name: "a machine knows which addresses it has",
    check(network) {
      assert.equal(network.hasAddress("127.0.0.1"), true);
      assert.equal(network.hasAddress("::1"), true);
      assert.equal(network.hasAddress("203.0.113.213"), false);
      assert.equal(network.hasAddress("2001:db8::213"), false);
      return Promise.resolve();
    },
  },
  {
    name: "names have addresses, or none",
    async check(network) {
      const found = await network.resolve("localhost");
      assert.ok(found.includes("127.0.0.1") || found.includes("::1"), found.join());
      assert.deepEqual(await network.resolve("127.0.0.1"), ["127.0.0.1"]);
      assert.deepEqual(await network.resolve("nobody.invalid"), []);
    },
  },
  {
    name:
      "a connection carries bytes both ways, and ends for the reader when the other side ends it",
    async check(network) {
      await withServer((socket) => socket.pipe(socket), async (at) => {
        const stream = await network.connectTcp(at, signal());
        assert.deepEqual(stream.remote, at);
        assert.equal(stream.local.address, at.address);
        assert.ok(stream.local.port > 0);
        await stream.write(new TextEncoder().encode("hello"));
        assert.equal(new TextDecoder().decode(await stream.read()), "hello");
        stream.close();
        stream.close();
        assert.equal(await stream.read(), undefined);
        await assert.rejects(stream.write(bytes(1)));
      });
      await withServer((socket) => socket.end("bye"), async (at) => {
        const stream = await network.connectTcp(at, signal());
        assert.equal(new TextDecoder().decode(await stream.read()), "bye");
        assert.equal(await stream.read(), undefined);
        assert.equal(await stream.read(), undefined);
        stream.close();
      });
    },
  },
  {
    name: "a connection that is reset, or closed while it is read, ends for the reader",
    async check(network) {
      await withServer((socket) => socket.resetAndDestroy(), async (at) => {
        const stream = await network.connectTcp(at, signal()).catch(() => undefined);
        assert.equal(await stream?.read(), undefined);
        stream?.close();
      });
      await withServer(() => {}, async (at) => {
        const stream = await network.connectTcp(at, signal());
        const reading = stream.read();
        stream.close();
        assert.equal(await reading, undefined);
      });
    },
  },
  {
    name: "all of a long write arrives, and a close ends one that nobody reads",
    async check(network) {
      let length = 0;
      const onConnection = (socket: Socket) => socket.on("data", (chunk) => length += chunk.length);
      await withServer(onConnection, async (at) => {
        const stream = await network.connectTcp(at, signal());
        await stream.write(new Uint8Array(1_000_000));
        while (length < 1_000_000) await new Promise((resolve) => setTimeout(resolve, 1));
        stream.close();
      });
      await withServer((socket) => socket.pause(), async (at) => {
        const stream = await network.connectTcp(at, signal());
        const writing = stream.write(new Uint8Array(50_000_000)).then(
          () => "written",
          () => "lost",
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
        stream.close();
        assert.equal(await writing, "lost");
      });
    },
  },
  {
    name: "who cannot connect is told why in words, and an abort is its own reason",
    async check(network) {
      let free: Endpoint = { address: "", port: 0 };
      await withServer(() => {}, (at) => {
        free = at;
        return Promise.resolve();
      });
      await assert.rejects(network.connectTcp(free, signal()), /^Error: connection refused$/);
      const reason = new RangeError("enough");
      await assert.rejects(network.connectTcp(free, AbortSignal.abort(reason)), reason);
      const controller = new AbortController();
      // Nobody answers there, whether or not there is a way to it.
      const connecting = network.connectTcp({ address: "192.0.2.1", port: 9 }, controller.signal);
      controller.abort(reason);
      await assert.rejects(connecting, reason);
    },
  },
];

function openAt(network: Network, address: string): ReturnType<Network["openUdp"]> {
  return network.openUdp({ address, port: 0 });
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

/** The next datagram, as values that can be compared. */
async function next(
  socket: AsyncIterable<Datagram>,
): Promise<{ bytes: number[]; source: Endpoint }> {
  const { value } = await socket[Symbol.asyncIterator]().next();
  return { bytes: [...value.bytes], source: value.source };
}

async function withServer(
  onConnection: (socket: Socket) => void,
  use: (at: Endpoint) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    await use({ address: "127.0.0.1", port });
  } finally {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
