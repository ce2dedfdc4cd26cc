import { assertEquals, assertMatch } from "@std/assert";
import { LAN_REPORT_INTERVAL_MS } from "../../src/limits.ts";
import { Counters } from "../../src/rendezvous/counters.ts";
import { LanReport } from "../../src/server/lan_report.ts";
import type { Log, LogProperties } from "../../src/server/log.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

/** A report under a virtual clock, and the warnings that it logged. */
function stage() {
  const warnings: [string, LogProperties | undefined][] = [];
  const clock = new VirtualClock(0);
  const log: Log = {
    debug: undefined,
    info: () => {},
    warn: (message, properties) => warnings.push([message, properties]),
    error: () => {},
  };
  const counters = new Counters();
  return { warnings, clock, counters, report: new LanReport(counters, log, clock) };
}

Deno.test("nothing is said while private and public peers do not meet", () => {
  const { warnings, counters, report } = stage();
  counters.introductions = 5;
  report.check();
  assertEquals(warnings, []);
});

Deno.test("the first such introduction is warned of at once, with what to do", () => {
  const { warnings, counters, report } = stage();
  counters.privateToPublic = 1;
  report.check();
  report.check();
  assertEquals(warnings.length, 1);
  const [[message, properties]] = warnings;
  assertMatch(
    message,
    /^an introduction of a peer with a private address .* should use its public /,
  );
  assertEquals(properties, { private_to_public: 1 });
});

Deno.test("then once an hour at most, with the number since the last warning", () => {
  const { warnings, clock, counters, report } = stage();
  counters.privateToPublic = 1;
  report.check();
  counters.privateToPublic = 4;
  clock.runUntil(LAN_REPORT_INTERVAL_MS - 1);
  report.check();
  assertEquals(warnings.length, 1);
  clock.runUntil(LAN_REPORT_INTERVAL_MS);
  report.check();
  assertMatch(warnings[1][0], /^3 introductions of a peer /);
  assertEquals(warnings[1][1], { private_to_public: 3 });
  clock.runUntil(3 * LAN_REPORT_INTERVAL_MS);
  report.check();
  assertEquals(warnings.length, 2);
});
