import { assert, assertEquals } from "@std/assert";
import {
  codeOfUse,
  type ConnectionUse,
  describeLackOfStreams,
  describeMismatch,
  useOfCode,
} from "../../src/commands/connection_use.ts";

const ALL: readonly ConnectionUse[] = [
  "lines",
  "pipe",
  "udp_forward",
  "udp_listen",
  "tcp_forward",
  "tcp_listen",
  "source",
  "sink",
  "datagrams",
];
const PIPES: readonly ConnectionUse[] = ["lines", "pipe", "source", "sink", "datagrams"];

/** Both orders of each go together, and nothing else does. */
const TOGETHER: readonly (readonly [ConnectionUse, ConnectionUse])[] = [
  ...PIPES.flatMap((one) => PIPES.map((other) => [one, other] as const)),
  ["udp_forward", "udp_listen"],
  ["tcp_forward", "tcp_listen"],
];

Deno.test("each use has a byte of its own", () => {
  assertEquals(ALL.map(codeOfUse), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(ALL.map(codeOfUse).map(useOfCode), [...ALL]);
  assertEquals([useOfCode(0), useOfCode(10), useOfCode(255)], Array(3).fill(undefined));
});

Deno.test("what goes together is the same for both sides, and the rest is said on both", () => {
  for (const own of ALL) {
    for (const remote of ALL) {
      const isGood = TOGETHER.some((pair) =>
        pair.includes(own) && pair.includes(remote) &&
        (own === remote) === (pair[0] === pair[1])
      );
      const texts = [describeMismatch(own, remote, "X"), describeMismatch(remote, own, "X")];
      assertEquals(texts.map((text) => text === undefined), [isGood, isGood], `${own} ${remote}`);
    }
  }
});

Deno.test("a mismatch is said with what either side can do", () => {
  assertEquals(
    describeMismatch("tcp_listen", "udp_forward", "192.0.2.1/1"),
    "nothing can be carried: 192.0.2.1/1 has -forward=HOST:PORT, this side -listen=tcp:PORT; give " +
      "this side -listen=PORT, or the other one -forward=tcp:HOST:PORT",
  );
  assertEquals(
    describeMismatch("tcp_forward", "lines", "192.0.2.1:5"),
    "nothing can be carried: 192.0.2.1:5 has neither -forward nor -listen, this side " +
      "-forward=tcp:HOST:PORT; give this side neither -forward nor -listen, or the other one " +
      "-listen=tcp:PORT",
  );
  assert(describeMismatch("lines", "unknown", "X")!.endsWith("give both sides the same version"));
});

Deno.test("only TCP needs streams", () => {
  const inNeed = ALL.filter((use) => describeLackOfStreams(use, "X") !== undefined);
  assertEquals(inNeed, ["tcp_forward", "tcp_listen"]);
});
