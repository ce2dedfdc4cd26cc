import { assertEquals, assertStringIncludes } from "@std/assert";
import { StatusBoard } from "../../src/http/status.ts";
import { FakeSource } from "./fake_source.ts";

function sentences(change: (source: FakeSource) => void, lagMs = 0): readonly string[] {
  const source = new FakeSource();
  const board = new StatusBoard({ source, lagMs: () => lagMs, peers: "hidden" });
  change(source);
  return board.now().unusual;
}

Deno.test("a server with usual traffic is not unusual", () => {
  const usual = sentences((source) => {
    source.sessions.hosting = 50;
    source.leases = 500;
    source.counters.datagrams.created = 500;
    source.counters.datagrams.not_json = 100;
    source.counters.requests.Server = 50;
    source.counters.refusals.host_not_found = 30;
  }, 100);
  assertEquals(usual, []);
});

/** What a test does to a server, and what is then said of it. */
const CASES: readonly (readonly [(source: FakeSource) => void, string])[] = [
  [(source) => source.phase = "draining", "The server is draining"],
  [(source) => source.soleSourceQuestion = "all come from one", "All come from one."],
  [
    (source) => source.sessions.waiting = 80,
    "max_sessions is nearly reached: 80 of 100 are taken.",
  ],
  [(source) => source.leases = 1_000, "max_leases is reached: 1,000 of 1,000 are taken."],
  [(source) => source.maxSessionsByFlag = 200, "it takes 100 sessions instead of 200"],
  [
    (source) => {
      source.limits.leases_per_address = 5;
      source.counters.countLimit("leases_per_address");
    },
    "leases_per_address (5) was reached once in the last minute.",
  ],
  [(source) => source.counters.requests.Peer = 20, "does a firewall drop UDP on this port?"],
  [
    (source) => {
      source.counters.datagrams.created = 10;
      source.counters.datagrams.bad_token = 20;
    },
    "20 of 30 datagrams in the last minute registered nobody.",
  ],
  [
    (source) => {
      source.counters.introductions = 7;
      source.counters.privateToPublic = 3;
    },
    "3 of 7 introductions were of a private address to a public one",
  ],
];

for (const [change, expected] of CASES) {
  Deno.test(`what is unusual is said: ${expected}`, () => {
    const said = sentences(change);
    assertEquals(said.length, 1, said.join("\n"));
    assertStringIncludes(said[0], expected);
  });
}

Deno.test("a late event loop is said", () => {
  assertEquals(sentences(() => {}, 249), []);
  assertStringIncludes(sentences(() => {}, 250)[0], "250 ms late");
});
