/**
 * What fuzzing starts from: all vectors, and the committed corpus of hostile and odd inputs. An
 * input that once failed is added to `corpus/messages.json` as `text` or `hex`, if need be repeated
 * several `times`.
 *
 * @module
 */

import {
  ALL_VECTORS,
  DATAGRAM_VECTORS,
  REQUEST_VECTORS,
  RESPONSE_VECTORS,
  toBytes,
} from "../vectors/vectors.ts";
import messages from "./corpus/messages.json" with { type: "json" };

/** One input to start from. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Row {
  name: string;
  text?: string;
  hex?: string;
  times?: number;
}

/** The corpus and the vectors. */
export const SEEDS: readonly Seed[] = [
  ...messages.map(toSeed),
  ...ALL_VECTORS.map(({ name, bytes }) => ({ name, bytes })),
];

/** Good messages: what is made of them often gets far into the decoders. */
export const GOOD_SEEDS: readonly Seed[] = [
  ...DATAGRAM_VECTORS,
  ...REQUEST_VECTORS,
  ...RESPONSE_VECTORS,
].filter(({ expected }) => expected.ok);

function toSeed(row: Row): Seed {
  const once = toBytes(row);
  const times = row.times ?? 1;
  const bytes = new Uint8Array(once.length * times);
  for (let i = 0; i < times; i++) bytes.set(once, i * once.length);
  return { name: row.name, bytes };
}
