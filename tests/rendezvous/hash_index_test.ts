import { assert, assertEquals } from "@std/assert";
import { HashIndex, mixHash } from "../../src/rendezvous/hash_index.ts";
import { NO_SLOT } from "../../src/rendezvous/slot_lists.ts";
import { Prng } from "../simulated/prng.ts";

function candidates(index: HashIndex, hash: number): number[] {
  const slots: number[] = [];
  for (let slot = index.first(hash); slot !== NO_SLOT; slot = index.next(slot)) slots.push(slot);
  return slots;
}

Deno.test("slots are found by the hash with which they were added", () => {
  const index = new HashIndex(100);
  index.add(7, 1);
  index.add(8, 2);
  assertEquals(candidates(index, 7), [1]);
  assertEquals(candidates(index, 8), [2]);
  assertEquals(candidates(index, 9), []);
});

Deno.test("slots that meet in one chain are all candidates, the last added first", () => {
  const index = new HashIndex(100);
  const buckets = 128;
  index.add(5, 1);
  index.add(5, 2);
  index.add(5 + buckets, 3);
  assertEquals(candidates(index, 5), [3, 2, 1]);
});

Deno.test("removing takes exactly that slot out of its chain", () => {
  for (const [removed, rest] of [[1, [3, 2]], [2, [3, 1]], [3, [2, 1]]] as const) {
    const index = new HashIndex(3);
    for (const slot of [1, 2, 3]) index.add(0, slot);
    index.remove(0, removed);
    assertEquals(candidates(index, 0), [...rest]);
  }
});

Deno.test("removing what is not there changes nothing", () => {
  const index = new HashIndex(3);
  index.remove(0, 1);
  index.add(0, 2);
  index.remove(0, 1);
  assertEquals(candidates(index, 0), [2]);
});

Deno.test("an index for one slot, and for none", () => {
  const one = new HashIndex(1);
  one.add(0xffffffff, 1);
  assertEquals(candidates(one, 0xffffffff), [1]);
  assertEquals(candidates(new HashIndex(0), 0xffffffff), []);
});

Deno.test("the index behaves as a multimap under random operations", () => {
  const random = new Prng(2);
  const index = new HashIndex(60);
  const model = new Map<number, number>();
  for (let step = 0; step < 20_000; step++) {
    const slot = random.integer(1, 60);
    const hash = model.get(slot);
    if (hash === undefined) {
      const newHash = random.pick([0, 1, 2, 0x80000000, 0xffffffff]);
      index.add(newHash, slot);
      model.set(slot, newHash);
    } else {
      index.remove(hash, slot);
      model.delete(slot);
    }
    for (const wanted of [0, 1, 2, 0x80000000, 0xffffffff]) {
      const expected = [...model].filter(([, hash]) => hash === wanted).map(([slot]) => slot);
      const found = candidates(index, wanted);
      assert(expected.every((slot) => found.includes(slot)), `step ${step}`);
    }
  }
});

Deno.test("a hash is an unsigned 32-bit number that depends on every word", () => {
  const hashes = new Set<number>();
  for (let first = 0; first < 50; first++) {
    for (let second = 0; second < 50; second++) {
      const hash = mixHash(mixHash(12345, first), second);
      assert(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
      hashes.add(hash);
    }
  }
  // Of 2,500 random 32-bit numbers two are equal in 1 of 1,400 cases; the inputs are fixed.
  assert(hashes.size > 2_450, `${hashes.size} different hashes`);
});

Deno.test("neighbouring words fill a table evenly", () => {
  const buckets = new Int32Array(256);
  for (let word = 0; word < 25_600; word++) buckets[mixHash(12345, word) & 255]++;
  const fullest = Math.max(...buckets);
  assert(fullest < 200, `100 expected in each bucket, ${fullest} in the fullest`);
});
