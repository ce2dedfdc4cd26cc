import { assert, assertEquals } from "@std/assert";
import { SESSION_RENEWAL_MS } from "../../../src/peer/limits.ts";
import { encodeResponse } from "../../../src/protocol/encode.ts";
import type { TcpStream } from "../../../src/peer/platform/platform.ts";
import { failureOf } from "../failures.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { stand } from "./scene.ts";

const DAY_MS = 24 * 3_600_000;

function scene() {
  const world = new World();
  return { world, a: world.publicMachine("192.0.2.1"), b: world.publicMachine("192.0.2.2") };
}

/** Streams that this side has not closed. */
function watchStreams(machine: Machine): Set<TcpStream> {
  const open = new Set<TcpStream>();
  const connect = machine.connectTcp.bind(machine);
  machine.connectTcp = async (to) => {
    const stream = await connect(to);
    open.add(stream);
    const close = stream.close.bind(stream);
    stream.close = () => {
      open.delete(stream);
      close();
    };
    return stream;
  };
  return open;
}

Deno.test("who waits for a day at a server that answers no KeepAlive keeps one connection", async () => {
  for (const mode of ["Server", "Peer"] as const) {
    const { world, a } = scene();
    world.server.answersKeepAlives = false;
    const open = watchStreams(a);
    const { request } = stand(a, mode, "192.0.2.9/9");
    // Networks that forget sessions silently must not leave any behind, either.
    for (let hour = 0; hour < 24; hour++) {
      await world.run(DAY_MS / 24);
      if (hour % 4 === 0) { for (const stream of a.streams) stream.vanish(); }
    }
    await world.run(SESSION_RENEWAL_MS);
    assert(open.size <= 2, `${mode}: ${open.size} connections`);
    request.close();
    await world.run(200_000);
    assertEquals([open.size, a.sockets.size, world.clock.nextEventMs], [0, 0, Infinity], mode);
  }
});

Deno.test("an introduction at any moment of a renewal leaves nothing behind", async () => {
  for (let afterMs = -60; afterMs <= 120; afterMs += 4) {
    const { world, a, b } = scene();
    world.server.answersKeepAlives = false;
    const connect = a.connectTcp.bind(a);
    a.connectTcp = async (to) => {
      await new Promise<void>((resolve) => void world.clock.schedule(40, resolve));
      return await connect(to);
    };
    const open = watchStreams(a);
    const waiting = stand(a, "Peer", "192.0.2.2/2", { localPeerPort: 1 });
    await world.run(SESSION_RENEWAL_MS + afterMs);
    const asking = stand(b, "Peer", "192.0.2.1/1");
    const [mine, theirs] = await world.until(Promise.all(
      [waiting, asking].map(({ request }) => request[Symbol.asyncIterator]().next()),
    ));
    waiting.request.close();
    asking.request.close();
    mine.value!.socket.close();
    theirs.value!.socket.close();
    await world.run(60_000);
    const registrations = world.server.registrations.length;
    await world.run(60_000);
    assertEquals(world.server.registrations.length, registrations, `${afterMs} ms`);
    assertEquals([open.size, a.sockets.size], [0, 0], `${afterMs} ms`);
  }
});

Deno.test("a session that died silently is noticed by answers that are missing", async () => {
  for (const mode of ["Server", "Peer"] as const) {
    const { world, a } = scene();
    const { request, retries } = stand(a, mode, "192.0.2.9/9");
    await world.run(60_000);
    for (const stream of a.streams) stream.vanish();
    const before = world.server.requests.length;
    await world.run(31_000);
    const asked = world.server.requests.slice(before).filter((text) => text.includes(`"${mode}"`));
    assertEquals([asked.length, retries()], [1, []], mode);
    request.close();
  }
});

Deno.test("a hint has the session looked at, and replaced within seconds if it is dead", async () => {
  const { world, a } = scene();
  const { request } = stand(a, "Server");
  await world.run(60_000);
  request.check();
  await world.run(5_000);
  assertEquals(world.server.requests.filter((text) => text.includes('"Server"')).length, 1);
  for (const stream of a.streams) stream.vanish();
  request.check();
  await world.run(3_000);
  assertEquals(world.server.requests.filter((text) => text.includes('"Server"')).length, 2);
  request.close();
});

Deno.test("silence of a server that never answers KeepAlives is no death", async () => {
  const { world, a } = scene();
  world.server.answersKeepAlives = false;
  const { request } = stand(a, "Server");
  await world.run(SESSION_RENEWAL_MS - 1_000);
  assertEquals(world.server.requests.filter((text) => text.includes('"Server"')).length, 1);
  request.close();
});

Deno.test("the lease timeout that a server tells sets how often it hears of a peer", async () => {
  for (const leaseTimeoutS of [2, 10, 90]) {
    const { world, a } = scene();
    world.server.leaseTimeoutS = leaseTimeoutS;
    world.server.restart();
    const { request, retries } = stand(a, "Server");
    await world.run(300_000);
    assertEquals(retries(), [], `${leaseTimeoutS} s`);
    const perMinute = world.server.registrations.filter(({ atMs }) => atMs >= 240_000).length;
    const expected = 60 / Math.min(20, leaseTimeoutS / 3);
    assert(Math.abs(perMinute - expected) <= 2, `${leaseTimeoutS} s: ${perMinute} in a minute`);
    request.close();
  }
});

/** A server that refuses every request with `code` until it is told otherwise. */
function refusing(machine: Machine, code: string): { stop: () => void } {
  const connect = machine.connectTcp.bind(machine);
  machine.connectTcp = async (to) => {
    const stream = await connect(to);
    const line = new TextDecoder().decode(encodeResponse({ code: "busy", explanation: "just now" }))
      .replace("busy", code);
    const chunks = [new TextEncoder().encode(line), undefined];
    return {
      local: stream.local,
      remote: stream.remote,
      write: () => Promise.resolve(),
      read: () => Promise.resolve(chunks.shift()),
      close: () => stream.close(),
    };
  };
  return { stop: () => machine.connectTcp = connect };
}

Deno.test("whatever may pass is waited for, from the first second on", async () => {
  const passing = [
    "no_lease",
    "lease_timeout",
    "address_mismatch",
    "cancelled",
    "busy",
    "shutting_down",
    "unavailable",
  ];
  for (const code of passing) {
    for (const mode of ["Server", "Peer", "Client"] as const) {
      const { world, a, b } = scene();
      const { stop } = refusing(a, code);
      const { request, retries } = stand(a, mode, "192.0.2.2/1", { localPeerPort: 2 });
      await world.run(60_000);
      assert(retries().length > 3 && retries().every((found) => found === code), `${mode} ${code}`);
      stop();
      const other = mode === "Peer"
        ? stand(b, "Peer", "192.0.2.1/2", { localPeerPort: 1 })
        : mode === "Client"
        ? stand(b, "Server")
        : stand(b, "Client", "192.0.2.1/2", { localPeerPort: 1 });
      const { value } = await world.until(request[Symbol.asyncIterator]().next());
      assertEquals(value!.introduction.dest.address, "192.0.2.2", `${mode} ${code}`);
      request.close();
      other.request.close();
    }
  }
});

Deno.test("what asking again cannot change ends a request", async () => {
  for (const code of ["bad_request", "replaced", "teapot"]) {
    const { world, a } = scene();
    refusing(a, code);
    const { request, retries } = stand(a, "Server");
    const error = await world.until(failureOf(request[Symbol.asyncIterator]().next()));
    assertEquals(error.code, code === "teapot" ? "bad_request" : code);
    assertEquals(retries(), []);
    assertEquals(a.sockets.size, 0);
  }
});

Deno.test("a lasting trouble is numbered, so that it can be said once", async () => {
  const { world, a } = scene();
  world.server.isUp = false;
  const { request, events } = stand(a, "Server");
  await world.run(20_000);
  world.server.isUp = true;
  await world.run(60_000);
  world.server.restart();
  await world.run(5_000);
  const attempts = events.flatMap((event) => event.kind === "retry" ? [event.attempt] : []);
  assertEquals(attempts.slice(0, 3), [1, 2, 3]);
  assertEquals(attempts.at(-1), 1);
  request.close();
});

Deno.test("UDP and TCP leave from one address, also after that has changed", async () => {
  const { world, a, b } = scene();
  const { request, events } = stand(a, "Server");
  await world.run(10_000);
  const [first] = a.sockets;
  assertEquals(first.local.address, "192.0.2.1");
  a.moveTo("192.0.2.77");
  await world.run(60_000);
  assertEquals([...a.sockets].map(({ local }) => local.address), ["192.0.2.77"]);
  const moved = events.filter((event) => event.kind === "moved");
  assertEquals(moved.map(({ from, to }) => [from.address, to.address]), [
    ["192.0.2.1", "192.0.2.77"],
  ]);
  const client = stand(b, "Client", "192.0.2.77/1");
  const { value } = await world.until(request[Symbol.asyncIterator]().next());
  assertEquals(value!.introduction.source, {
    address: "192.0.2.77",
    port: value!.socket.local.port,
  });
  request.close();
  client.request.close();
});

Deno.test("every name is resolved anew when what it gave no longer works", async () => {
  const { world, a, b } = scene();
  world.names.set("server.test", ["203.0.113.99"]);
  world.names.set("host.test", ["192.0.2.99"]);
  const hosting = stand(a, "Server");
  const joining = stand(b, "Client", "host.test/1");
  await world.run(60_000);
  world.names.set("server.test", ["203.0.113.1"]);
  await world.run(60_000);
  assertEquals(joining.retries().at(-1), "host_not_found");
  world.names.set("host.test", ["192.0.2.1"]);
  const { value } = await world.until(joining.request[Symbol.asyncIterator]().next());
  assertEquals(value!.introduction.dest.address, "192.0.2.1");
  hosting.request.close();
  joining.request.close();
});

Deno.test("a host that is killed and comes back is met within 5 s", async () => {
  for (const awayMs of [200, 2_000, 30_000, 600_000]) {
    const { world, a, b } = scene();
    const joining = stand(b, "Client", "192.0.2.1/1");
    await world.run(awayMs);
    const hosting = stand(a, "Server");
    await world.run(5_000);
    let isMet = false;
    joining.request[Symbol.asyncIterator]().next().then(() => isMet = true);
    await world.run(0);
    assert(isMet, `away for ${awayMs} ms`);
    hosting.request.close();
    joining.request.close();
  }
});

Deno.test("a server that accepts and says nothing does not hold a client for ever", async () => {
  const { world, b } = scene();
  const connect = b.connectTcp.bind(b);
  b.connectTcp = async (to) => {
    const stream = await connect(to);
    stream.read = () => new Promise(() => {});
    return stream;
  };
  const { request } = stand(b, "Client", "/1", { wait: "off" });
  const { code, message } = await world.until(failureOf(request[Symbol.asyncIterator]().next()));
  assertEquals(code, "server_unreachable");
  assert(message.includes("203.0.113.1:6969") && message.includes("firewall"), message);
  assert(world.clock.nowMs() <= 31_000);
  assertEquals(b.sockets.size, 0);
});

Deno.test("an abort bites while a name is being resolved", async () => {
  const { world, b } = scene();
  b.resolve = () => new Promise(() => {});
  const controller = new AbortController();
  const { request } = stand(b, "Client", "/1", { signal: controller.signal });
  await world.run(1_000);
  controller.abort(new RangeError("enough"));
  const error = await request[Symbol.asyncIterator]().next().then(
    () => undefined,
    (error) => error,
  );
  assert(error instanceof RangeError);
});

Deno.test("who is not to wait but was taken once waits for a server that goes away silently", async () => {
  const { world, a } = scene();
  world.server.answersKeepAlives = false;
  const { request, retries } = stand(a, "Server", "", { wait: "off" });
  await world.run(10_000);
  for (const stream of a.streams) stream.vanish();
  world.server.isUp = false;
  await world.run(SESSION_RENEWAL_MS + 60_000);
  assert(retries().length > 1 && retries().every((code) => code === "server_unreachable"));
  request.close();
});
