import { assert, assertEquals } from "@std/assert";
import { Prng } from "../simulated/prng.ts";
import { SEEDS } from "./corpus.ts";
import { fuzz } from "./fuzz.ts";
import { mutate } from "./mutate.ts";
import { checkProperties } from "./properties.ts";

const INPUTS = 200_000;

Deno.test("every input of the corpus and every vector has all properties", () => {
  for (const { name, bytes } of SEEDS) {
    for (let seed = 0; seed < 20; seed++) {
      try {
        checkProperties(bytes, new Prng(seed));
      } catch (error) {
        throw new Error(`${name}, cut by seed ${seed}`, { cause: error });
      }
    }
  }
});

Deno.test(`${INPUTS} mutated inputs have all properties`, () => {
  const { outcomes, failure } = fuzz(1, INPUTS);
  assert(failure === undefined, `seed ${failure?.seed}: ${failure?.error}`);
  assertEquals(Object.values(outcomes).reduce((sum, count) => sum + count), INPUTS);
  // Mutation must leave enough sense for each decoder to be reached.
  for (const [outcome, count] of Object.entries(outcomes)) {
    assert(count > INPUTS / 100, `only ${count} inputs were ${outcome}`);
  }
});

Deno.test("a seed gives the same input each time, and another than its neighbour", () => {
  const [good, other] = SEEDS.filter(({ bytes }) => bytes.length > 50).map(({ bytes }) => bytes);
  const inputs = Array.from({ length: 100 }, (_, seed) => mutate(good, other, new Prng(seed)));
  const again = Array.from({ length: 100 }, (_, seed) => mutate(good, other, new Prng(seed)));
  assertEquals(inputs, again);
  assert(new Set(inputs.map((input) => input.toHex())).size > 90);
});

Deno.test("mutation leaves its sources alone", () => {
  const before = SEEDS.map(({ bytes }) => bytes.toHex());
  fuzz(7, 2_000);
  assertEquals(SEEDS.map(({ bytes }) => bytes.toHex()), before);
});
