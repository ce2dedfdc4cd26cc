import { assertEquals } from "@std/assert";
import { REPLAY_WINDOW_PACKETS } from "../../../src/peer/limits.ts";
import { ReplayWindow } from "../../../src/peer/channel/replay_window.ts";

function take(window: ReplayWindow, counter: number): "fresh" | "replayed" {
  if (!window.isFresh(counter)) return "replayed";
  window.take(counter);
  return "fresh";
}

Deno.test("each counter is taken once, in whatever order they come", () => {
  const window = new ReplayWindow();
  for (const counter of [5, 3, 4, 0, 1, 2, 40, 39]) assertEquals(take(window, counter), "fresh");
  for (const counter of [0, 1, 2, 3, 4, 5, 39, 40]) assertEquals(take(window, counter), "replayed");
  assertEquals(take(window, 6), "fresh");
});

Deno.test("what is a whole window older than the newest is refused, one less is not", () => {
  const window = new ReplayWindow();
  const newest = 3 * REPLAY_WINDOW_PACKETS + 7;
  assertEquals(take(window, newest), "fresh");
  assertEquals(take(window, newest - REPLAY_WINDOW_PACKETS), "replayed");
  assertEquals(take(window, newest - REPLAY_WINDOW_PACKETS + 1), "fresh");
});

Deno.test("a jump forgets exactly what it leaves behind", () => {
  const window = new ReplayWindow();
  for (let counter = 0; counter < REPLAY_WINDOW_PACKETS; counter++) take(window, counter);
  assertEquals(take(window, REPLAY_WINDOW_PACKETS + 10), "fresh");
  for (let step = 0; step < 10; step++) {
    assertEquals(take(window, REPLAY_WINDOW_PACKETS + step), "fresh");
  }
  assertEquals(take(window, REPLAY_WINDOW_PACKETS - 1), "replayed");
  assertEquals(take(window, 1_000 * REPLAY_WINDOW_PACKETS), "fresh");
  assertEquals(take(window, 1_000 * REPLAY_WINDOW_PACKETS - 1), "fresh");
});

Deno.test("looking takes nothing; newest and lowest are those that were taken", () => {
  const window = new ReplayWindow();
  assertEquals([window.newest, window.lowest], [-1, Infinity]);
  assertEquals([window.isFresh(7), window.isFresh(7), window.isFresh(-1)], [true, true, false]);
  for (const counter of [7, 9, 5]) window.take(counter);
  assertEquals([window.newest, window.lowest], [9, 5]);
});
