import { assertEquals, assertMatch } from "@std/assert";
import type { StopSignal } from "../../src/cli/stop_signals.ts";
import { stopSignal } from "../../src/server/command.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";
import { FakeStops } from "../support/fake_stops.ts";
import { MemoryLog } from "../support/test_server.ts";

const SIGTERM: StopSignal = { name: "SIGTERM", number: 15 };
const SIGINT: StopSignal = { name: "SIGINT", number: 2 };

function rig(drainS: number) {
  const stops = new FakeStops();
  const log = new MemoryLog();
  const clock = new VirtualClock(0);
  let stopped: string | undefined;
  const drains: number[] = [];
  const onDrain = (durationMs: number) => void drains.push(durationMs);
  stopSignal(drainS, stops, log, { clock, onDrain }).then(({ name }) => stopped = name);
  const stoppedBy = async () => {
    for (let i = 0; i < 20; i++) await null;
    return stopped;
  };
  return { stops, log, clock, drains, stoppedBy };
}

Deno.test("without -drain the first signal stops, and nobody waits for a second", async () => {
  const { stops, log, drains, stoppedBy } = rig(0);
  assertEquals(await stoppedBy(), undefined);
  stops.receive(SIGTERM);
  assertEquals(await stoppedBy(), "SIGTERM");
  assertEquals([stops.receive(SIGINT), log.infos, drains], [false, [], []]);
});

Deno.test("with -drain the first signal begins a time in which the server serves", async () => {
  const { stops, log, clock, drains, stoppedBy } = rig(30);
  stops.receive(SIGTERM);
  assertEquals(await stoppedBy(), undefined);
  assertEquals(drains, [30_000]);
  assertMatch(log.infos[0].message, /^SIGTERM: serves for 30 s more/);
  assertEquals(log.infos[0].properties, { signal: "SIGTERM", drain: 30 });
  clock.runUntil(29_999);
  assertEquals(await stoppedBy(), undefined);
  clock.runUntil(30_000);
  assertEquals(await stoppedBy(), "SIGTERM");
  assertEquals(stops.receive(SIGINT), false);
});

Deno.test("a second signal ends that time, and nobody waits for a third", async () => {
  const { stops, clock, stoppedBy } = rig(30);
  stops.receive(SIGTERM);
  await stoppedBy();
  clock.runUntil(1_000);
  assertEquals(stops.receive(SIGINT), true);
  assertEquals(await stoppedBy(), "SIGINT");
  assertEquals(stops.receive(SIGTERM), false);
  assertEquals(clock.nextEventMs, Infinity);
});

Deno.test("a signal that is ignored is said", () => {
  const { stops, log } = rig(0);
  stops.told({ name: "SIGHUP", number: 1 });
  assertMatch(log.infos[0].message, /^SIGHUP is ignored: /);
  assertEquals(log.infos[0].properties, { signal: "SIGHUP" });
});
