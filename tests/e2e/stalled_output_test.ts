/** Nobody reads what the program prints: it serves on, and stops when it is told to. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort, PROGRAM } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { until } from "../support/deadline.ts";
import { datagram, introduction, peerRequest, refusal } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { RawClient, RawSocket } from "../support/raw_client.ts";
import { HAS_TERMINALS, TerminalProcess } from "../support/terminal.ts";
import type { Endpoint } from "../../src/address.ts";

const IP = "127.0.0.1";
/** A line for each datagram, however many come. */
const TALKATIVE = ["-log_level=debug", "-datagrams_per_address=0", "-datagrams_per_network=0"];
const POSIX = needs(Deno.build.os !== "windows", "signals between processes");
/** The protocol's bound for a stop. */
const MAX_STOP_MS = 5_000;
/** Each takes a line of about 80 characters at debug: several times what pipe and queue hold. */
const BAD_DATAGRAMS = 20_000;
/** Whether all of them arrive does not matter; most do, if they do not come all at once. */
const BURST = 100;

async function talkMuch(server: Endpoint): Promise<void> {
  const socket = new RawSocket();
  for (let sent = 0; sent < BAD_DATAGRAMS; sent += BURST) {
    for (let i = 0; i < BURST; i++) await socket.send(server, "garbage");
    using client = await RawClient.connect(server);
    await client.send("}");
    await client.readToEnd();
  }
  await socket.close();
}

/** @param peerPort of the first peer; the second has the next */
async function assertIntroduces(server: Endpoint, peerPort = 1): Promise<void> {
  const sockets = [new RawSocket(), new RawSocket()];
  using first = await RawClient.connect(server);
  using second = await RawClient.connect(server);
  await first.send(peerRequest(peerPort, IP, peerPort + 1));
  await second.send(peerRequest(peerPort + 1, IP, peerPort));
  const [a, b] = sockets.map(({ endpoint }) => endpoint);
  let answer: string | undefined;
  first.readToEnd().then((text) => answer = text);
  // The kernel may have dropped one of those before them.
  await until(async () => {
    for (const [i, socket] of sockets.entries()) await socket.send(server, datagram(peerPort + i));
    return answer !== undefined;
  }, "an introduction");
  assertEquals(answer, introduction(a, b));
  for (const socket of sockets) await socket.close();
}

Deno.test({
  name: "a pipe that nobody reads holds up neither introductions nor the stop",
  ...POSIX,
  fn: async () => {
    await using server = await ChildServer.start(TALKATIVE, { printed: "unread" });
    await talkMuch(server.endpoint);
    await assertIntroduces(server.endpoint);
    using client = await RawClient.connect(server.endpoint);
    await client.send(peerRequest(5, IP, 99));
    await server.catchesUp();
    const startMs = performance.now();
    server.signal("SIGTERM");
    assertEquals(await client.readToEnd(), refusal("shutting_down", "the server is stopping"));
    const { code } = await server.ended();
    assertEquals(code, 0);
    assert(performance.now() - startMs < MAX_STOP_MS);
  },
});

Deno.test("a reader that comes back is told how many lines it has missed", async () => {
  const flags = [...TALKATIVE, "-log_format=json"];
  await using server = await ChildServer.start(flags, { printed: "unread" });
  await talkMuch(server.endpoint);
  await assertIntroduces(server.endpoint);
  server.readOutput();
  await until(() => server.lines.some((line) => line.includes("lost_lines")), "a count");
  const records = server.lines.map((line) => JSON.parse(line));
  assertMatch(records[0].message, /^containment_breach \S+ listens on /);
  const loss = records.find(({ properties }) => "lost_lines" in properties);
  assertEquals(
    loss.message,
    `${loss.properties.lost_lines} lines were not written: nobody read them`,
  );
  assert(loss.properties.lost_lines > 1_000);
});

Deno.test("a reader that has ended ends nothing", async () => {
  await using server = await ChildServer.start(TALKATIVE, { printed: "unread" });
  await server.closeOutput();
  for (const peerPort of [1, 3, 5]) await assertIntroduces(server.endpoint, peerPort);
});

Deno.test({
  name: "a terminal whose output is stopped holds up neither introductions nor the stop",
  ...needs(HAS_TERMINALS, "script of util-linux"),
  fn: async () => {
    const port = freePort();
    const endpoint = { address: IP, port };
    const flags = [`-host=${IP}`, `-port=${port}`, ...TALKATIVE];
    await using server = new TerminalProcess([...PROGRAM, ...flags]);
    await server.shows(/ listens on /);
    await server.stopOutput();
    await talkMuch(endpoint);
    await assertIntroduces(endpoint);
    const startMs = performance.now();
    server.signal("SIGTERM");
    await server.ends();
    assert(performance.now() - startMs < MAX_STOP_MS);
  },
});
