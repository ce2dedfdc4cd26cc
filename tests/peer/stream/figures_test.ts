/** Tests that streams reach their figures, in virtual time. */

import { assert, assertEquals } from "@std/assert";
import { Streams } from "../../../src/peer/stream/streams.ts";
import {
  outage,
  readerStops,
  share,
  transfer,
  TRANSFER_BYTES,
  TRANSFERS,
} from "./world/figures.ts";

const SEEDS = [1, 2, 3];
/** Sharing takes long to settle, and to simulate. */
const SHARING_SEEDS = [1, 2];

for (const { name, path, atLeast, resentBelow = 1 } of TRANSFERS) {
  Deno.test(`20 MB, ${name}: at least ${atLeast} MB/s`, () => {
    for (const seed of SEEDS) {
      const result = transfer(path, TRANSFER_BYTES, seed, Streams);
      assert(result.megabytesPerSecond >= atLeast, `seed ${seed}: ${JSON.stringify(result)}`);
      assert(result.resentPart < resentBelow, `seed ${seed}: ${JSON.stringify(result)}`);
      assert(result.needlessPart < 0.01, `seed ${seed}: ${JSON.stringify(result)}`);
    }
  });
}

Deno.test("half as much of it still reaches every figure", () => {
  for (const { name, path, atLeast } of TRANSFERS) {
    const { megabytesPerSecond } = transfer(path, TRANSFER_BYTES / 2, 1, Streams);
    assert(megabytesPerSecond >= atLeast, `${name}: ${megabytesPerSecond} MB/s`);
  }
});

Deno.test("a quarter of it still reaches every figure", () => {
  for (const { name, path, atLeast } of TRANSFERS) {
    const rates = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) =>
      transfer(path, TRANSFER_BYTES / 4, seed, Streams).megabytesPerSecond
    );
    const least = Math.min(...rates);
    assert(least >= atLeast, `${name}: ${rates}`);
  }
});

Deno.test("an outage of 3 s is survived, and left a probe later", () => {
  for (const seed of SEEDS) {
    const { resumedAfterMs, grownBytes, sentPackets } = outage(3_000, seed, Streams);
    assert(resumedAfterMs < 1_100, `seed ${seed}: after ${resumedAfterMs} ms`);
    assertEquals(grownBytes, 0);
    assert(sentPackets <= 6, `seed ${seed}: ${sentPackets} packets`);
  }
});

Deno.test("while a reader stops for 10 s nothing grows and nothing is sent", () => {
  for (const seed of SEEDS) {
    const { grownBytes, sentPackets } = readerStops(10_000, seed, Streams);
    assertEquals({ grownBytes, sentPackets }, { grownBytes: 0, sentPackets: 0 });
  }
});

for (const queueMs of [50, 100]) {
  Deno.test(`beside CUBIC neither has less than a quarter, with a queue of ${queueMs} ms`, () => {
    for (const seed of SHARING_SEEDS) {
      for (const kinds of [["ours", "cubic"], ["cubic", "ours"]] as const) {
        const { first, second } = share(kinds, queueMs, 20, seed, Streams);
        assert(Math.min(first, second) >= 0.25, `seed ${seed}, ${kinds}: ${first}, ${second}`);
      }
    }
  });

  Deno.test(`two of ours each have half of it within 20 %, with a queue of ${queueMs} ms`, () => {
    for (const seed of SHARING_SEEDS) {
      const { first } = share(["ours", "ours"], queueMs, 40, seed, Streams);
      assert(Math.abs(first - 0.5) <= 0.1, `seed ${seed}: ${first}`);
    }
  });
}
