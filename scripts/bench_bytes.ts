/**
 * What a byte costs: hostile inputs beside plain ones of the same number of bytes, in this process.
 *
 * @module
 */

import { decodeRegistration, decodeRequest } from "../src/protocol/decode.ts";
import { JsonStream } from "../src/protocol/json_stream.ts";
import { MAX_REGISTRATION_BYTES, MAX_REQUEST_BYTES } from "../src/protocol/limits.ts";
import {
  costlyDatagrams,
  type CostlyInput,
  costlyRequests,
  denseRequests,
  plainDatagram,
  plainRequest,
} from "../tests/fuzz/costly.ts";
import { Rig, server } from "../tests/rendezvous/rig.ts";
import { nanoseconds } from "./stopwatch.ts";

/** No input may cost more than this many times a plain one of as many bytes. */
const MAX_RATIO = 10;
const DATAGRAM_LENGTHS = [64, MAX_REGISTRATION_BYTES];
const REQUEST_LENGTHS = [256, MAX_REQUEST_BYTES];
/** Longest UDP payload over IPv4. */
const LONGEST_DATAGRAM = 65_507;
const PORT = 50_000;

/** Prints the costliest inputs of each kind; what is over the limit is marked. */
export function benchBytes(): void {
  for (const length of DATAGRAM_LENGTHS) {
    report("datagram", plainDatagram(length), costlyDatagrams(length), decodeRegistration);
  }
  const tooLong = { name: "too long", bytes: new Uint8Array(LONGEST_DATAGRAM).fill(0x5b) };
  report("datagram", plainDatagram(MAX_REGISTRATION_BYTES), [tooLong], decodeRegistration);
  for (const length of REQUEST_LENGTHS) {
    report("request", plainRequest(length), costlyRequests(length), takeRequests);
  }
  const [plain, dense] = [plainRequest(MAX_REQUEST_BYTES), denseRequests(MAX_REQUEST_BYTES)];
  report("Server session", plain, dense, serverSession());
}

function report(
  kind: string,
  plain: Uint8Array,
  inputs: readonly CostlyInput[],
  take: (bytes: Uint8Array) => unknown,
): void {
  const plainNs = nanoseconds(() => take(plain));
  const costs = inputs
    .map(({ name, bytes }) => ({ name, bytes, ratio: nanoseconds(() => take(bytes)) / plainNs }))
    .toSorted((a, b) => b.ratio - a.ratio);
  for (const { name, bytes, ratio } of costs.slice(0, 3)) {
    const words = `${kind} of ${bytes.length}: ${name}`;
    const verdict = ratio > MAX_RATIO ? ` MORE THAN ${MAX_RATIO}` : "";
    console.log(`${words.padEnd(56)}${ratio.toFixed(1).padStart(5)} times plain${verdict}`);
  }
}

function takeRequests(bytes: Uint8Array): void {
  for (const framed of new JsonStream().push(bytes)) if (framed.ok) decodeRequest(framed.value);
}

/** A live host, and what takes the bytes that it sends. */
function serverSession(): (bytes: Uint8Array) => void {
  const rig = new Rig();
  const host = rig.ask("203.0.113.7", server(1));
  rig.datagram(`203.0.113.7:${PORT}`, 1);
  const stream = new JsonStream();
  return (bytes) => {
    for (const framed of stream.push(bytes)) {
      const request = framed.ok ? decodeRequest(framed.value) : framed;
      if (!request.ok) throw new Error(`Cannot keep the host alive: ${request.reason}`);
      host.requests(request.value);
    }
  };
}
