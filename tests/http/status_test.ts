import { assertEquals } from "@std/assert";
import { SAMPLE_S, StatusBoard } from "../../src/http/status.ts";
import { FakeSource } from "./fake_source.ts";

function rig(peers: "shown" | "hidden" = "hidden") {
  const source = new FakeSource();
  const board = new StatusBoard({ source, lagMs: () => 1.5, peers });
  return { source, board };
}

Deno.test("the last minute is what happened in six samples, and what is newer than them", () => {
  const { source, board } = rig();
  const { counters } = source;
  const inLastMinute = () => board.now().lastMinute.introductions;
  counters.introductions = 5;
  assertEquals(inLastMinute(), 5);
  for (let sample = 1; sample <= 5; sample++) board.sample();
  assertEquals(inLastMinute(), 5);
  counters.introductions = 7;
  board.sample();
  assertEquals(inLastMinute(), 2);
  for (let sample = 7; sample <= 11; sample++) board.sample();
  assertEquals(inLastMinute(), 0);
});

Deno.test("datagrams that registered nobody are told apart", () => {
  const { source, board } = rig();
  Object.assign(source.counters.datagrams, { created: 3, renewed: 4, not_json: 2, over_limit: 1 });
  const { datagrams, dropped } = board.now().lastMinute;
  assertEquals([datagrams, dropped], [10, 3]);
});

Deno.test("refusals of the last hour are told from those before", () => {
  const { source, board } = rig();
  source.counters.refusals.busy = 10;
  board.sample();
  for (let s = 0; s < 3_600; s += SAMPLE_S) board.sample();
  source.counters.refusals.busy = 12;
  const busy = board.now().refusals.find(({ code }) => code === "busy");
  assertEquals(busy, { code: "busy", total: 12, inLastHour: 2 });
});

Deno.test("the history has levels and rates, one for each step and for an hour at most", () => {
  const { source, board } = rig();
  assertEquals(board.history().series.leases, []);
  source.leases = 3;
  source.counters.introductions = 2;
  source.counters.datagrams.created = 50;
  board.sample();
  source.leases = 4;
  board.sample();
  const { stepS, series } = board.history();
  assertEquals([stepS, series.leases, series.introductionsPerMinute, series.datagramsPerSecond], [
    10,
    [3, 4],
    [12, 0],
    [5, 0],
  ]);
  for (let i = 0; i < 1_000; i++) board.sample();
  assertEquals(board.history().series.leases.length, 360);
});

Deno.test("totals have what is taken of them, and every limit how often it was reached", () => {
  const { source, board } = rig();
  source.sessions.hosting = 4;
  source.leases = 9;
  source.counters.countLimit("max_leases");
  const { limits } = board.now();
  assertEquals(limits.slice(0, 2), [
    { name: "max_sessions", limit: 100, taken: 4, hits: 0, hitsInLastMinute: 0 },
    { name: "max_leases", limit: 1_000, taken: 9, hits: 1, hitsInLastMinute: 1 },
  ]);
  assertEquals(limits.length, 10);
});

Deno.test("addresses of peers are there only where the operator has them shown", () => {
  const seen = { address: "203.0.113.7", stage: "hosting", ageS: 12 } as const;
  for (const [peers, expected] of [["shown", [seen]], ["hidden", undefined]] as const) {
    const { source, board } = rig(peers);
    source.observed = [seen];
    assertEquals(board.now().peers, expected);
    assertEquals(JSON.stringify(board.now()).includes("203.0.113.7"), peers === "shown");
  }
});
