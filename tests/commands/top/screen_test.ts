import { assert, assertEquals, assertMatch } from "@std/assert";
import { drawStatus, duration, sparkline } from "../../../src/commands/top/screen.ts";
import { StatusBoard } from "../../../src/http/status.ts";
import { FakeSource } from "../../http/fake_source.ts";

const SCREEN = { columns: 80, rows: 24 };

function draw(change: (source: FakeSource) => void, size = SCREEN): string[] {
  const source = new FakeSource();
  const board = new StatusBoard({ source, lagMs: () => 2, peers: "hidden" });
  change(source);
  board.sample();
  return drawStatus({ ...board.now(), history: board.history() }, size);
}

Deno.test("the screen says what the page does", () => {
  const lines = draw((source) => {
    source.leases = 1_000;
    source.leasesInUse = 2;
    source.sessions = { connected: 1, registering: 2, hosting: 3, waiting: 4 };
    source.counters.refusals.no_lease = 5;
    source.counters.countLimit("datagrams_per_address");
  });
  assertMatch(lines[0], /^containment_breach 1\.2\.3, up \d+ s, 192\.0\.2\.1:6969$/);
  assertEquals(lines[1], "not ready: all 1000 leases are taken (max_leases)");
  const shown = (line: string) => assert(lines.includes(line), `${line} in\n${lines.join("\n")}`);
  shown("! max_leases is reached: 1,000 of 1,000 are taken.");
  shown("registered peers          1,000                 2 with an open session");
  shown("hosts                     3");
  shown("waiting peers             4                     2 unregistered");
  shown("last hour: peers          █");
  shown("max_sessions              [##------------------] 10 of 100");
  shown("max_leases                [####################] 1,000 of 1,000");
  shown("datagrams_per_address     0, reached 1 times");
  shown("refused: no_lease         5                     5 in the last hour");
});

Deno.test("what does not fit is left out, and nothing hides in what is shown", () => {
  const lines = draw((source) => source.soleSourceQuestion = "\x1b[2J\u202e".repeat(20), {
    columns: 30,
    rows: 5,
  });
  assertEquals(lines.length, 5);
  assert(lines.every((line) => line.length <= 30 && /^[ -~]*$/.test(line)), lines.join("\n"));
});

Deno.test("what is unusual is told to its end, in as many lines as it takes", () => {
  const change = (source: FakeSource) => source.soleSourceQuestion = "one two three four five six";
  const lines = draw(change, { columns: 12, rows: 24 });
  assertEquals(lines.slice(lines.indexOf("! One two")).slice(0, 3), [
    ...["! One two", "three four", "five six."],
  ]);
});

Deno.test("a sparkline keeps the peaks of what it cannot show one by one", () => {
  assertEquals(sparkline([0, 7, 14], 10), "▁▅█");
  assertEquals(sparkline([0, 0, 0], 10), "▁▁▁");
  assertEquals(sparkline([0, 9, 0, 0, 0, 0], 3), "█▁▁");
});

Deno.test("a duration has its two largest parts", () => {
  assertEquals([0.4, 59, 60, 3_599, 3_600, 86_399, 86_400, 900_000].map(duration), [
    ...["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "23 h 59 min", "1 d 0 h", "10 d 10 h"],
  ]);
});
