/**
 * Seeded changes to bytes: some blind, some that know what JSON and this protocol look like.
 *
 * @module
 */

import type { Prng } from "../simulated/prng.ts";

/** Keeps one input small enough to check in microseconds, and above every limit of the protocol. */
const MAX_INPUT_BYTES = 9_000;
/** How many changes are made to one input: mostly one, which the decoders often accept. */
const CHANGE_COUNTS = [1, 1, 1, 2, 4];
const MAX_REPEATS = 40;

const FRAGMENTS = [
  ...'{}[]:,"\\ \t\r\n-+.0159eE',
  ...[
    "true",
    "false",
    "null",
    '""',
    '"\\u0000"',
    '"\\ud800"',
    "\\u0050",
    "\\",
    '\\"',
    "\u00e9",
    "😀",
  ],
  ...["\0", "\x1f", "\x7f", "\uFEFF", "//", "{}", "[]", '{"":', "[[", "]]", "}}"],
  ...["-0", "5.0", "1e1", "1e400", "0e999999999", "1e-1", "9007199254740993"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "0000000000"],
  ...['"PeerPort":', '"peerport":', '"Token":', '"RemoteIP":', '"RemotePeerPort":'],
  ...['"LocalPeerPort":', '"ConnectionType":', '"LocalEndpoints":', '"Error":', '"DestAgeMs":'],
  ...['"Answer":true', '"Answer":', '"KeptAlive":true', '"LeaseTimeoutS":', '"\\u0054oken":'],
  ...["\\u212a", "\u212a", "\u202e", "\\u2028", "\\udc00", "GET ", "PROXY ", "\x16\x03"],
  ...['"Server"', '"Client"', '"Peer"', '"KeepAlive"', '"own"', "host_not_found: "],
  ...[
    "203.0.113.7",
    "::ffff:",
    "::",
    "2001:db8::1",
    "%eth0",
    "[::1]:1",
    '["10.0.0.1:1"]',
    ":65536",
  ],
].map((text) => new TextEncoder().encode(text));

const WORST_BYTES = [0x00, 0x0a, 0x1f, 0x20, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc3, 0xff];
const CASE_BIT = 0x20;

type Change = (bytes: Uint8Array, prng: Prng, other: Uint8Array) => Uint8Array;

const CHANGES: readonly Change[] = [
  flipBit,
  replaceByte,
  swapCase,
  insertFragment,
  insertFragment,
  replaceByFragment,
  deleteRange,
  repeatRange,
  moveRange,
  truncate,
  splice,
];

/**
 * A new input made of `bytes` by one or a few changes.
 *
 * @param other another input, of which parts may be taken over
 * @returns never the memory of `bytes` or `other`
 */
export function mutate(bytes: Uint8Array, other: Uint8Array, prng: Prng): Uint8Array {
  let mutated = bytes.slice(0, MAX_INPUT_BYTES);
  const changes = prng.pick(CHANGE_COUNTS);
  for (let i = 0; i < changes; i++) {
    mutated = prng.pick(CHANGES)(mutated, prng, other).slice(0, MAX_INPUT_BYTES);
  }
  return mutated;
}

function flipBit(bytes: Uint8Array, prng: Prng): Uint8Array {
  if (bytes.length > 0) bytes[position(bytes, prng)] ^= 1 << prng.integer(0, 7);
  return bytes;
}

function replaceByte(bytes: Uint8Array, prng: Prng): Uint8Array {
  if (bytes.length > 0) bytes[position(bytes, prng)] = prng.pick(WORST_BYTES);
  return bytes;
}

function swapCase(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [start, end] = range(bytes, prng);
  for (let i = start; i < end; i++) {
    const upper = bytes[i] & ~CASE_BIT;
    if (upper >= 0x41 && upper <= 0x5a) bytes[i] ^= CASE_BIT;
  }
  return bytes;
}

function insertFragment(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.integer(0, bytes.length);
  return join(bytes.subarray(0, at), prng.pick(FRAGMENTS), bytes.subarray(at));
}

function replaceByFragment(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [start, end] = range(bytes, prng);
  return join(bytes.subarray(0, start), prng.pick(FRAGMENTS), bytes.subarray(end));
}

function deleteRange(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [start, end] = range(bytes, prng);
  return join(bytes.subarray(0, start), bytes.subarray(end));
}

function repeatRange(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [start, end] = range(bytes, prng);
  const copies = Array<Uint8Array>(prng.integer(2, MAX_REPEATS)).fill(bytes.subarray(start, end));
  return join(bytes.subarray(0, start), ...copies, bytes.subarray(end));
}

function moveRange(bytes: Uint8Array, prng: Prng): Uint8Array {
  const [start, end] = range(bytes, prng);
  const rest = join(bytes.subarray(0, start), bytes.subarray(end));
  const at = prng.integer(0, rest.length);
  return join(rest.subarray(0, at), bytes.subarray(start, end), rest.subarray(at));
}

function truncate(bytes: Uint8Array, prng: Prng): Uint8Array {
  return bytes.slice(0, prng.integer(0, bytes.length));
}

function splice(bytes: Uint8Array, prng: Prng, other: Uint8Array): Uint8Array {
  const [start, end] = range(other, prng);
  const at = prng.integer(0, bytes.length);
  return join(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(at));
}

function position(bytes: Uint8Array, prng: Prng): number {
  return prng.integer(0, bytes.length - 1);
}

/** Mostly short ranges: long ones leave little of the message. */
function range(bytes: Uint8Array, prng: Prng): [start: number, end: number] {
  const start = prng.integer(0, bytes.length);
  const longest = prng.chance(0.8) ? 12 : bytes.length;
  return [start, Math.min(bytes.length, start + prng.integer(0, longest))];
}

function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
