import { assertEquals } from "@std/assert";
import { LoopLag } from "../../src/http/loop_lag.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

/** A clock whose timers ring late by as much as a test says. */
class LateClock extends VirtualClock {
  lateMs = 0;

  override schedule(delayMs: number, action: () => void): () => void {
    return super.schedule(delayMs + this.lateMs, action);
  }
}

Deno.test("the largest lag is remembered for ten seconds", () => {
  const clock = new LateClock(0);
  const lag = new LoopLag(clock);
  clock.runUntil(5_000);
  assertEquals(lag.largestMs, 0);
  clock.lateMs = 300;
  clock.runUntil(5_500);
  clock.lateMs = 0;
  clock.runUntil(6_300);
  assertEquals(lag.largestMs, 300);
  clock.runUntil(15_800);
  assertEquals(lag.largestMs, 300);
  clock.runUntil(16_300);
  assertEquals(lag.largestMs, 0);
  lag.stop();
  assertEquals(clock.nextEventMs, Infinity);
});
