import { assertEquals } from "@std/assert";
import { ABUSE_LOG_INTERVAL_MS, MAX_ABUSE_LOG_LINES } from "../../src/limits.ts";
import { AbuseLog } from "../../src/server/abuse_log.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

/** An abuse log under a virtual clock, and the lines that it logged with their times. */
function stage() {
  const clock = new VirtualClock(0);
  const lines: [number, string][] = [];
  const ignore = () => {};
  const info = (message: string) => lines.push([clock.nowMs(), message]);
  const abuse = new AbuseLog({ debug: undefined, info, warn: ignore, error: ignore }, clock);
  const at = (ms: number) => {
    while (clock.step(ms) === "done");
  };
  return { abuse, lines, at, clock };
}

Deno.test("a minute after the first refusal there is a line for each class and source", () => {
  const { abuse, lines, at } = stage();
  at(1_000);
  abuse.refused("tcp", "bad_request", "203.0.113.7");
  at(2_000);
  abuse.refused("tcp", "bad_request", "203.0.113.7");
  abuse.refused("udp", "not_json", "203.0.113.7");
  abuse.refused("tcp", "bad_request", "203.0.113.8");
  at(1_000 + ABUSE_LOG_INTERVAL_MS - 1);
  assertEquals(lines, []);
  at(1_000 + ABUSE_LOG_INTERVAL_MS);
  const times = lines.map(([ms]) => ms);
  assertEquals(new Set(times), new Set([1_000 + ABUSE_LOG_INTERVAL_MS]));
  assertEquals(lines.map(([, line]) => line), [
    "abuse transport=tcp class=bad_request prefix=203.0.113.7/32 count=2",
    "abuse transport=tcp class=bad_request prefix=203.0.113.8/32 count=1",
    "abuse transport=udp class=not_json prefix=203.0.113.7/32 count=1",
  ]);
});

Deno.test("a subscriber with IPv6 has one line for the whole /64", () => {
  const { abuse, lines } = stage();
  abuse.refused("tcp", "connections_per_address", "2001:db8:1:2:3:4:5:6");
  abuse.refused("tcp", "connections_per_address", "2001:db8:1:2::9");
  abuse.refused("tcp", "connections_per_address", "2001:db8:1:3::9");
  abuse.stop();
  assertEquals(lines.map(([, line]) => line), [
    "abuse transport=tcp class=connections_per_address prefix=2001:db8:1:2::/64 count=2",
    "abuse transport=tcp class=connections_per_address prefix=2001:db8:1:3::/64 count=1",
  ]);
});

Deno.test("every minute begins anew, and a quiet one has neither lines nor a timer", () => {
  const { abuse, lines, at, clock } = stage();
  for (const ms of [0, 10 * ABUSE_LOG_INTERVAL_MS]) {
    at(ms);
    abuse.refused("tcp", "bad_request", "203.0.113.7");
    at(ms + ABUSE_LOG_INTERVAL_MS);
    assertEquals(clock.nextEventMs, Infinity);
  }
  const line = "abuse transport=tcp class=bad_request prefix=203.0.113.7/32 count=1";
  assertEquals(lines, [[ABUSE_LOG_INTERVAL_MS, line], [11 * ABUSE_LOG_INTERVAL_MS, line]]);
});

Deno.test("sources beyond the most share a line, and take none from the other transport", () => {
  const { abuse, lines } = stage();
  const sources = Array.from(
    { length: MAX_ABUSE_LOG_LINES + 5 },
    (_, i) => `10.0.${i >> 8}.${i & 255}`,
  );
  for (const source of sources) abuse.refused("udp", "not_json", source);
  abuse.refused("udp", "not_json", sources[0]);
  abuse.refused("tcp", "bad_request", "203.0.113.7");
  abuse.stop();
  assertEquals(lines.length, 1 + MAX_ABUSE_LOG_LINES + 1);
  assertEquals(
    [lines[0][1], lines[1][1], lines.at(-1)?.[1]],
    [
      "abuse transport=tcp class=bad_request prefix=203.0.113.7/32 count=1",
      "abuse transport=udp class=not_json prefix=10.0.0.0/32 count=2",
      "abuse transport=udp class=any prefix=others count=5",
    ],
  );
});
