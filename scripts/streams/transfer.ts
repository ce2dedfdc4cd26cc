/**
 * One end of a measured transfer over a stream, as a process of its own with the network permission
 * alone:
 *
 *     deno run --allow-net scripts/streams/transfer.ts send|receive OWN SEEN PEER BYTES
 *
 * OWN is the endpoint of its socket, SEEN the one that the other end sees, PEER the one that it sends
 * to. It prints seconds, bytes and SHA-256 as JSON, then waits to be killed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { parseEndpoint } from "../../src/address.ts";
import type { PeerStream } from "../../src/peer/mod.ts";
import { connectByHand } from "../peers/by_hand.ts";

/** As runtimes read files. */
const CHUNK_BYTES = 65_536;

/** What an end has seen. */
export interface Transferred {
  readonly seconds: number;
  readonly bytes: number;
  readonly sha256: string;
}

if (import.meta.main) {
  const [verb] = Deno.args;
  const side = verb === "send" ? "send" : "receive";
  const [own, seen, remote] = Deno.args.slice(1, 4).map((text) => parseEndpoint(text)!);
  const { connection } = await connectByHand(side, { own, seen, remote });
  const transferred = side === "send"
    ? await send(await connection.openStream(), Number(Deno.args[4]))
    : await receive((await connection.incomingStreams.next()).value!);
  console.log(JSON.stringify(transferred));
}

async function send({ writable }: PeerStream, bytes: number): Promise<Transferred> {
  const hash = createHash("sha256");
  const chunk = new Uint8Array(CHUNK_BYTES);
  crypto.getRandomValues(chunk);
  const numbers = new DataView(chunk.buffer);
  const startMs = performance.now();
  const writer = writable.getWriter();
  for (let sent = 0; sent < bytes;) {
    numbers.setFloat64(0, sent);
    const piece = chunk.subarray(0, Math.min(CHUNK_BYTES, bytes - sent));
    hash.update(piece);
    await writer.write(piece);
    sent += piece.length;
  }
  await writer.close();
  return { seconds: (performance.now() - startMs) / 1_000, bytes, sha256: hash.digest("hex") };
}

async function receive({ readable }: PeerStream): Promise<Transferred> {
  const hash = createHash("sha256");
  const startMs = performance.now();
  let bytes = 0;
  for await (const chunk of readable) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { seconds: (performance.now() - startMs) / 1_000, bytes, sha256: hash.digest("hex") };
}
