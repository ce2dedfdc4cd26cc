/**
 * Programs that know nothing of this project, carried through a punched hole.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { systemPlatform } from "../../src/peer/platform/node_platform.ts";
import { ChildProcess, freePort, runToEnd } from "../support/child_process.ts";
import { within } from "../support/deadline.ts";
import { HAS_WHOLE_LOOPBACK, hasProgram, needs } from "../support/needs.ts";
import { Tunnel } from "./tunnel.ts";

const HEADER_BYTES = 12;
/** Length of the type and class after the name of a question. */
const QUESTION_TAIL_BYTES = 4;

/** The answer to a DNS query for one address (RFC 1035): 192.0.2.53 for every name. */
function answerQuery(query: Uint8Array): Uint8Array {
  const questionEnd = query.indexOf(0, HEADER_BYTES) + 1 + QUESTION_TAIL_BYTES;
  const header = [...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  const question = query.subarray(HEADER_BYTES, questionEnd);
  const answer = [0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 53];
  return Uint8Array.from([...header, ...question, ...answer]);
}

Deno.test("a resolver asks a DNS server through the hole", async () => {
  const service = systemPlatform.network.openUdp({ address: "127.0.0.1", port: 0 });
  (async () => {
    for await (const { bytes, source } of service) await service.send(answerQuery(bytes), source);
  })();
  const forward = `-forward=127.0.0.1:${service.local.port}`;
  await using tunnel = await Tunnel.open(forward, (port) => `-listen=${port}`);
  const nameServer = { ipAddr: "127.0.0.1", port: tunnel.port };
  const names = Array.from({ length: 20 }, (_, i) => `host${i}.example.test.`);
  const found = await within(
    Promise.all(names.map((name) => Deno.resolveDns(name, "A", { nameServer }))),
    "20 answers",
  );
  assertEquals(found, names.map(() => ["192.0.2.53"]));
  service.close();
});

/** Carries the TCP connections with which iperf3 controls a measurement. */
function relayTcp(from: Deno.TcpListener, to: Deno.ConnectOptions): Promise<void> {
  return (async () => {
    for await (const near of from) {
      const far = await Deno.connect(to);
      near.readable.pipeTo(far.writable).catch(() => {});
      far.readable.pipeTo(near.writable).catch(() => {});
    }
  })();
}

Deno.test({
  ...needs(HAS_WHOLE_LOOPBACK && hasProgram("iperf3"), "iperf3 and 127.0.0.2"),
  name: "iperf3 measures UDP through the hole, and next to nothing is lost",
  fn: async () => {
    const port = freePort();
    const near = ["iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", `${port}`];
    await using service = ChildProcess.start(near);
    const listener = Deno.listen({ hostname: "127.0.0.2", port });
    const relaying = relayTcp(listener, { hostname: "127.0.0.1", port });
    await using _tunnel = await Tunnel.open(
      `-forward=127.0.0.1:${port}`,
      () => `-listen=127.0.0.2:${port}`,
    );
    const far = ["iperf3", "-c", "127.0.0.2", "-p", `${port}`];
    const load = ["-u", "-b", "8M", "-l", "1000", "-t", "1", "-J"];
    const { stdout } = await runToEnd([...far, ...load]);
    const { end: { sum } } = JSON.parse(stdout);
    assert(sum.packets >= 900, `${sum.packets} packets`);
    assert(sum.lost_percent < 20, `${sum.lost_percent} % lost`);
    await service.ended();
    listener.close();
    await relaying;
  },
});
