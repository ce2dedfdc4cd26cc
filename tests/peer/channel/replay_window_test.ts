import { assertEquals } from "@std/assert";
import { REPLAY_WINDOW_PACKETS } from "../../../src/peer/limits.ts";
import { ReplayWindow } from "../../../src/peer/channel/replay_window.ts";

Deno.test("each sequence is taken once, in whatever order they come", () => {
  const window = new ReplayWindow();
  for (const sequence of [5, 3, 4, 1, 2, 40, 39]) assertEquals(window.take(sequence), "fresh");
  for (const sequence of [1, 2, 3, 4, 5, 39, 40]) assertEquals(window.take(sequence), "replayed");
  assertEquals(window.take(6), "fresh");
});

Deno.test("what is a whole window older than the newest is refused, one less is not", () => {
  const window = new ReplayWindow();
  const newest = 3 * REPLAY_WINDOW_PACKETS + 7;
  assertEquals(window.take(newest), "fresh");
  assertEquals(window.take(newest - REPLAY_WINDOW_PACKETS), "replayed");
  assertEquals(window.take(newest - REPLAY_WINDOW_PACKETS + 1), "fresh");
});

Deno.test("a jump forgets exactly what it leaves behind", () => {
  const window = new ReplayWindow();
  for (let sequence = 1; sequence <= REPLAY_WINDOW_PACKETS; sequence++) window.take(sequence);
  assertEquals(window.take(REPLAY_WINDOW_PACKETS + 10), "fresh");
  for (let step = 1; step < 10; step++) {
    assertEquals(window.take(REPLAY_WINDOW_PACKETS + step), "fresh");
  }
  assertEquals(window.take(REPLAY_WINDOW_PACKETS), "replayed");
  assertEquals(window.take(1_000 * REPLAY_WINDOW_PACKETS), "fresh");
  assertEquals(window.take(1_000 * REPLAY_WINDOW_PACKETS - 1), "fresh");
});

Deno.test("sequence numbers begin at 1", () => {
  assertEquals(new ReplayWindow().take(0), "replayed");
});
