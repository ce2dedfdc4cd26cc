import { assertEquals, assertRejects } from "@std/assert";
import { abortable, Bell, sleep, withTimeout } from "../../src/async/waiting.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

const never = () => new Promise<never>(() => {});

Deno.test("a sleep that is aborted leaves no timer", async () => {
  const clock = new VirtualClock(0);
  const controller = new AbortController();
  const sleeping = sleep(clock, 1_000, controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => sleeping, RangeError, "enough");
  assertEquals(clock.nextEventMs, Infinity);
  await assertRejects(() => sleep(clock, 1_000, controller.signal), RangeError);
});

Deno.test("an abort ends the wait for work that knows no signal", async () => {
  const controller = new AbortController();
  const waiting = abortable(never(), controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
  assertEquals(await abortable(Promise.resolve(5), new AbortController().signal), 5);
});

Deno.test("a timeout ends the wait for work that does not listen to it", async () => {
  const clock = new VirtualClock(0);
  const waiting = withTimeout(clock, 2_000, new AbortController().signal, never);
  clock.runUntil(2_000);
  await assertRejects(() => waiting, Error, "no answer within 2 s");
});

Deno.test("a bell cuts a pause short, and nothing is left of it", async () => {
  const clock = new VirtualClock(0);
  const { signal } = new AbortController();
  const bell = new Bell();
  bell.ring();
  const rung = bell.wait(clock, 1_000, signal);
  bell.ring();
  assertEquals(await rung, "rung");
  assertEquals(clock.nextEventMs, Infinity);
  const silent = bell.wait(clock, 1_000, signal);
  clock.runUntil(1_000);
  assertEquals(await silent, "silent");
});

Deno.test("an abort ends a pause with its reason", async () => {
  const controller = new AbortController();
  const waiting = new Bell().wait(new VirtualClock(0), 1_000, controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
});
