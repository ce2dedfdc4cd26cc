import { assert, assertEquals } from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "../../support/child_process.ts";
import { until, within } from "../../support/deadline.ts";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import { TestServer } from "../../support/test_server.ts";
import { CommandRun } from "../command_run.ts";
import { Tunnel } from "../tunnel.ts";

function connectTo({ port }: Tunnel): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

/** Longer than anything takes that goes on. */
const STANDSTILL_MS = 1_000;

/** An existing application: does the same with each of its connections. */
class Service implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly works: Promise<void>[] = [];

  constructor(work: (connection: Deno.TcpConn) => Promise<void>, port = 0) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#listener = listener;
    (async () => {
      for await (const connection of listener) this.works.push(work(connection));
    })();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

async function echo(connection: Deno.TcpConn): Promise<void> {
  await connection.readable.pipeTo(connection.writable);
}

/** What arrives until the other side ends it; a stream of the connection would close it then. */
async function readAll(connection: Deno.TcpConn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let length; (length = await connection.read(buffer)) !== null;) {
    chunks.push(buffer.slice(0, length));
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** Writes all, whatever the system takes at a time. */
async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await connection.write(rest));
  }
}

function isWarning(line: string): boolean {
  return /^dropped|^nothing|nowhere/.test(line);
}

/** How the other end ends a connection: with an end, or with a reset, which may come at once. */
async function endingOf(connecting: Promise<Deno.TcpConn>): Promise<string> {
  try {
    using connection = await connecting;
    await readAll(connection);
    return "an end";
  } catch (error) {
    return error instanceof Deno.errors.ConnectionReset ? "a reset" : String(error);
  }
}

/** A connection whose other end can be reset, which Deno's own cannot. */
async function resettable(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket;
}

/** Writes until nothing more is taken for a while. */
async function fill(socket: Socket): Promise<void> {
  let takenMs = performance.now();
  const write = () => {
    socket.write(new Uint8Array(65_536), (error) => {
      if (error) return;
      takenMs = performance.now();
      write();
    });
  };
  write();
  await until(() => performance.now() - takenMs > STANDSTILL_MS, "a standstill");
}

Deno.test("an end of one direction passes, and the answer to all of it comes back", async () => {
  using service = new Service(async (connection) => {
    const question = await readAll(connection);
    await writeAll(connection, question.toReversed());
    connection.close();
  });
  await using tunnel = await Tunnel.open(
    `-forward=tcp:127.0.0.1:${service.port}`,
    (port) => `-listen=tcp:${port} -v`,
  );
  const client = await connectTo(tunnel);
  const question = crypto.getRandomValues(new Uint8Array(60_000));
  await writeAll(client, question);
  await client.closeWrite();
  assertEquals(await within(readAll(client), "an answer"), question.toReversed());
  client.close();
  const { status } = tunnel.joined;
  await until(() => status.some((line) => /^TCP connection of .* closed$/.test(line)), "its end");
  assertEquals([...status, ...tunnel.hosting.status].filter(isWarning), []);
});

Deno.test("200 connections at once, each with its own bytes", async () => {
  using service = new Service(echo);
  await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${service.port}`);
  const answers = await within(
    Promise.all(Array.from({ length: 200 }, async (_, i) => {
      const client = await connectTo(tunnel);
      const bytes = new Uint8Array(10_000 + i).fill(i);
      await writeAll(client, bytes);
      await client.closeWrite();
      const answer = await readAll(client);
      client.close();
      return answer.length === bytes.length && answer.every((byte) => byte === i);
    })),
    "200 answers",
  );
  assertEquals(answers.filter((isRight) => isRight).length, 200);
});

Deno.test("a client that is reset resets the connection to the service", async () => {
  const endings: string[] = [];
  using service = new Service(async (connection) =>
    void endings.push(await endingOf(Promise.resolve(connection)))
  );
  await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${service.port}`);
  const client = await resettable(tunnel.port);
  client.write("some");
  await until(() => service.works.length === 1, "a connection");
  client.resetAndDestroy();
  await until(() => endings.length === 1, "its end");
  assertEquals(endings, ["a reset"]);
});

Deno.test("a service that resets a connection resets the client", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${port}`);
  const client = await connectTo(tunnel);
  await writeAll(client, Uint8Array.of(1));
  assertEquals(await within(endingOf(Promise.resolve(client)), "an end"), "a reset");
  server.close();
});

Deno.test("a service that refuses resets its clients at once, says why once, and then works", async () => {
  const port = freePort();
  await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${port}`);
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now();
    assertEquals(await within(endingOf(connectTo(tunnel)), "an end"), "a reset");
    assert(performance.now() - startMs < 2_000);
  }
  const { hosting, joined } = tunnel;
  assertEquals(hosting.status.filter((line) => line.includes("nowhere")), [
    `-forward leads nowhere: tcp:127.0.0.1:${port}: connection refused; is the service running ` +
    "there, and open to this machine? (said once)",
  ]);
  assertEquals(joined.status.filter(isWarning), [
    "dropped a TCP connection of 127.0.0.1/1: the service behind the other side cannot be reached; " +
    "it is said there why (said once)",
  ]);
  using _service = new Service(echo, port);
  const client = await connectTo(tunnel);
  await writeAll(client, Uint8Array.of(7));
  await client.closeWrite();
  assertEquals(await within(readAll(client), "an answer"), Uint8Array.of(7));
  client.close();
  assert(hosting.status.includes(`tcp:127.0.0.1:${port} answers`), hosting.status.join());
});

Deno.test("beyond -max_flows a client is reset, and those that are open go on", async () => {
  using service = new Service(echo);
  await using tunnel = await Tunnel.open(`-max_flows=2 -forward=tcp:127.0.0.1:${service.port}`);
  const clients = [await connectTo(tunnel), await connectTo(tunnel)];
  await until(() => service.works.length === 2, "two connections");
  assertEquals(await within(endingOf(connectTo(tunnel)), "an end"), "a reset");
  assert(tunnel.hosting.status.some((line) => line.includes("2 are open; a larger -max_flows")));
  assert(tunnel.joined.status.some((line) => line.includes("a larger -max_flows there")));
  for (const client of clients) {
    await writeAll(client, Uint8Array.of(7));
    await client.closeWrite();
    assertEquals(await within(readAll(client), "an answer"), Uint8Array.of(7));
    client.close();
  }
});

Deno.test("a joiner that holds all of -max_flows leaves others their share, of what is idle", async () => {
  using service = new Service((connection) => echo(connection).catch(() => {}));
  await using tunnel = await Tunnel.open(`-max_flows=4 -forward=tcp:127.0.0.1:${service.port}`);
  const talk = async (client: Deno.TcpConn) => {
    await writeAll(client, Uint8Array.of(7));
    assertEquals(await within(client.read(new Uint8Array(1)), "an answer"), 1);
  };
  const open = async (port: number) => {
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await talk(client);
    return client;
  };
  const greedy = [];
  for (let i = 0; i < 4; i++) greedy.push(await open(tunnel.port));
  for (const used of [greedy[0], greedy[2]]) await talk(used);
  const otherPort = freePort();
  const other = tunnel.start("join", `-local=3 -remote=127.0.0.1/1 -listen=tcp:${otherPort}`);
  await other.says("connected");
  const modest = [await open(otherPort), await open(otherPort)];
  for (const idle of [greedy[1], greedy[3]]) {
    assertEquals(await within(endingOf(Promise.resolve(idle)), "an end"), "a reset");
  }
  for (const port of [tunnel.port, otherPort]) {
    const connecting = Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await within(endingOf(connecting), "an end"), "a reset");
  }
  for (const client of [greedy[0], greedy[2], ...modest]) {
    await talk(client);
    client.close();
  }
  const { status } = tunnel.hosting;
  const made = status.filter((line) => line.includes("made room") && line.includes("-max_flows"));
  assertEquals(made.length, 1, status.join("\n"));
  const refused = "dropped a TCP connection of 127.0.0.1/1: the other side carries no more";
  for (const run of [tunnel.joined, other]) await run.says(refused);
});

/** Waits until a count that was above 0 stays the same for a while. */
async function standstill(count: () => number): Promise<void> {
  let [last, sinceMs] = [0, performance.now()];
  await until(() => {
    const now = count();
    if (now !== last) [last, sinceMs] = [now, performance.now()];
    return last > 0 && performance.now() - sinceMs > STANDSTILL_MS;
  }, "a standstill");
}

Deno.test("who does not read holds the service back, and gets all in the end", async () => {
  const total = 64 * 2 ** 20;
  let written = 0;
  using service = new Service(async (connection) => {
    for (const chunk = new Uint8Array(65_536); written < total;) {
      written += await connection.write(chunk);
    }
    connection.close();
  });
  await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${service.port}`);
  const client = await connectTo(tunnel);
  await standstill(() => written);
  assert(written < total / 2, `${written}`);
  assertEquals((await within(readAll(client), "all")).length, written);
  client.close();
});

Deno.test("a reset passes though neither side reads any more", async () => {
  const accepted: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    accepted.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await using tunnel = await Tunnel.open(`-max_flows=1 -forward=tcp:127.0.0.1:${port}`);
  for (const [i, resetter] of (["client", "service"] as const).entries()) {
    const client = await resettable(tunnel.port);
    client.pause();
    await until(() => accepted.length === i + 1, "a connection");
    for (const socket of [client, accepted[i]]) await fill(socket);
    const [first, second] = resetter === "client" ? [client, accepted[i]] : [accepted[i], client];
    first.resetAndDestroy();
    await until(() => second.destroyed, `the reset of the ${resetter}`);
  }
  server.close();
});

Deno.test("who connects while there is no other side is reset, and that is said", async () => {
  const port = freePort();
  await using test = new TestServer();
  const flags = `-server=127.0.0.1:${test.at().port} -remote=127.0.0.1/1 -listen=tcp:${port}`;
  await using joined = new CommandRun("join", flags, systemPlatform);
  await joined.says("listening on");
  const connecting = Deno.connect({ hostname: "127.0.0.1", port });
  assertEquals(await within(endingOf(connecting), "an end"), "a reset");
  await joined.says("dropped a TCP connection of a client of -listen: there is no connection");
});

for (const [forward, listen] of [["tcp:", ""], ["", "tcp:"]]) {
  Deno.test(`-forward=${forward} and -listen=${listen} do not go together, and both say so`, async () => {
    await using tunnel = await Tunnel.open(
      `-forward=${forward}127.0.0.1:9`,
      (port) => `-listen=${listen}${port}`,
    );
    for (const run of [tunnel.hosting, tunnel.joined]) await run.says("nothing can be carried: ");
    if (listen === "") return;
    assertEquals(await within(endingOf(connectTo(tunnel)), "an end"), "a reset");
    await tunnel.joined.says("dropped a TCP connection of 127.0.0.1/1: the other side does not");
  });
}

Deno.test("a port that somebody has is said with what to do", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const run = new CommandRun(
    "join",
    `-server=127.0.0.1:9 -remote=127.0.0.1/1 -listen=tcp:${port}`,
    systemPlatform,
  );
  assertEquals(await run.exit, 1);
  assertEquals(
    run.status.at(-1),
    `Cannot listen on -listen=tcp:127.0.0.1:${port}: TCP port ${port} is in use by another ` +
      "program; end that one or give -listen another port",
  );
  taken.close();
});
