import { assertEquals } from "@std/assert";
import { LimitReport } from "../../src/server/limit_report.ts";
import { LIMIT_REPORT_INTERVAL_MS } from "../../src/limits.ts";
import type { Log, LogProperties } from "../../src/server/log.ts";
import { Counters } from "../../src/rendezvous/counters.ts";

/** A report under a hand-driven clock, and what it logged. */
function stage() {
  const lines: [number, string, LogProperties | undefined][] = [];
  let nowMs = 0;
  let timer: { dueMs: number; action: () => void } | undefined;
  const clock = {
    nowMs: () => nowMs,
    schedule: (delayMs: number, action: () => void) => {
      timer = { dueMs: nowMs + delayMs, action };
      return () => timer = undefined;
    },
  };
  const log: Log = {
    debug: undefined,
    info: (message, properties) => lines.push([nowMs, message, properties]),
    warn: () => {},
    error: () => {},
  };
  const counters = new Counters();
  const report = new LimitReport(counters, log, clock);
  const at = (ms: number) => {
    while (timer !== undefined && timer.dueMs <= ms) {
      const { dueMs, action } = timer;
      timer = undefined;
      nowMs = dueMs;
      action();
    }
    nowMs = ms;
  };
  return { lines, counters, report, at, hasTimer: () => timer !== undefined };
}

Deno.test("nothing is said while no limit is reached", () => {
  const { lines, report, at, hasTimer } = stage();
  report.check();
  at(LIMIT_REPORT_INTERVAL_MS);
  report.check();
  assertEquals(lines, []);
  assertEquals(hasTimer(), false);
});

Deno.test("the first time is reported at once", () => {
  const { lines, counters, report } = stage();
  counters.countLimit("max_sessions");
  report.check();
  assertEquals(lines, [
    [0, "limits reached: max_sessions once", { max_sessions: 1 }],
  ]);
});

Deno.test("then one line a minute with the counts since the last", () => {
  const { lines, counters, report, at } = stage();
  counters.countLimit("max_sessions");
  report.check();
  for (let i = 0; i < 100; i++) {
    at(i * 10);
    counters.countLimit("max_sessions");
    if (i % 2 === 0) counters.countLimit("leases_per_address");
    report.check();
  }
  at(LIMIT_REPORT_INTERVAL_MS - 1);
  assertEquals(lines.length, 1);
  at(LIMIT_REPORT_INTERVAL_MS);
  assertEquals(lines.slice(1), [[
    LIMIT_REPORT_INTERVAL_MS,
    "limits reached: max_sessions 100 times, leases_per_address 50 times",
    { max_sessions: 100, leases_per_address: 50 },
  ]]);
  at(2 * LIMIT_REPORT_INTERVAL_MS - 1);
  counters.countLimit("leases_per_address");
  report.check();
  at(2 * LIMIT_REPORT_INTERVAL_MS);
  assertEquals(lines.slice(2), [[
    2 * LIMIT_REPORT_INTERVAL_MS,
    "limits reached: leases_per_address once",
    { leases_per_address: 1 },
  ]]);
});

Deno.test("after a quiet minute there is no timer, and the next time is reported at once", () => {
  const { lines, counters, report, at, hasTimer } = stage();
  counters.countLimit("max_leases");
  report.check();
  at(LIMIT_REPORT_INTERVAL_MS);
  assertEquals([lines.length, hasTimer()], [1, false]);
  at(LIMIT_REPORT_INTERVAL_MS + 5);
  counters.countLimit("max_leases");
  report.check();
  assertEquals(lines[1], [
    LIMIT_REPORT_INTERVAL_MS + 5,
    "limits reached: max_leases once",
    { max_leases: 1 },
  ]);
});

Deno.test("stopping reports what was not reported yet, and leaves no timer", () => {
  const { lines, counters, report, at, hasTimer } = stage();
  counters.countLimit("max_leases");
  report.check();
  at(1_000);
  counters.countLimit("max_leases");
  report.check();
  report.stop();
  assertEquals(lines[1], [1_000, "limits reached: max_leases once", { max_leases: 1 }]);
  assertEquals(hasTimer(), false);
  report.stop();
  assertEquals(lines.length, 2);
});
