/**
 * A host and a joiner in a simulated world, and what is sent by streams between them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import {
  type Connection,
  type Host,
  host,
  join,
  PeerError,
  type PeerEvent,
  type PeerStream,
  type RemoteOptions,
} from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { Prng } from "../simulated/prng.ts";

/** The server of {@linkcode pair}. */
export const STREAM_SERVER = "server.test";

/** A host and its joiner, connected. */
export interface Pair {
  readonly world: World;
  readonly hosting: Host;
  readonly hostMachine: Machine;
  readonly laptop: Machine;
  readonly toHost: Connection;
  readonly toJoiner: Connection;
  readonly events: PeerEvent["kind"][];
}

/** A joiner and its host, both on the public internet. */
export async function pair({ seed = 1, ...more }: { seed?: number } & Partial<RemoteOptions> = {}) {
  const world = new World({ seed });
  const hostMachine = world.publicMachine("192.0.2.1");
  const hosting = await world.until(
    host({ server: STREAM_SERVER, localPeerPort: 1, platform: hostMachine }),
  );
  await world.run(1_000);
  const laptop = world.publicMachine("192.0.2.2");
  const events: PeerEvent["kind"][] = [];
  const onEvent = ({ kind }: PeerEvent) => void events.push(kind);
  const toHost = await world.until(join({
    ...{
      server: STREAM_SERVER,
      localPeerPort: 2,
      remote: "192.0.2.1/1",
      platform: laptop,
      onEvent,
    },
    ...more,
  }));
  const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
  const made: Pair = { world, hosting, hostMachine, laptop, toHost, toJoiner: value!, events };
  return made;
}

/** Bytes by chance, the same for each seed. */
export function randomBytes(length: number, seed: number): Uint8Array {
  const prng = new Prng(seed);
  return Uint8Array.from({ length }, () => prng.next32());
}

/** SHA-256 of all of it, in hexadecimal digits. */
export function hashOf(...chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Writes all of it in chunks of any size, and ends. */
export async function sendAll({ writable }: PeerStream, bytes: Uint8Array, chunkBytes = 10_000) {
  const writer = writable.getWriter();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await writer.write(bytes.subarray(at, at + chunkBytes));
  }
  await writer.close();
}

/** Reads to the end. @returns the SHA-256 */
export async function receiveAll({ readable }: PeerStream): Promise<string> {
  return hashOf(...await Array.fromAsync(readable));
}

/** Sends back what every stream brings. */
export async function echo({ incomingStreams }: Connection): Promise<void> {
  for await (const { readable, writable } of incomingStreams) {
    readable.pipeTo(writable).catch(() => {});
  }
}

/** The next stream that the other side has opened. */
export async function incoming(world: World, { incomingStreams }: Connection): Promise<PeerStream> {
  const { value } = await world.until(incomingStreams.next());
  return value!;
}

/** The code with which a promise rejects. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => "no error", (error) => error);
  assert(error instanceof PeerError, String(error));
  return error.code;
}

/** A stream that both sides have, with a few bytes sent each way. */
export async function streamOf(
  { world, toHost, toJoiner }: Pair,
): Promise<[PeerStream, PeerStream]> {
  const mine = await world.until(toHost.openStream());
  const writer = mine.writable.getWriter();
  writer.write(Uint8Array.of(1));
  const theirs = await incoming(world, toJoiner);
  const reader = theirs.readable.getReader();
  assertEquals((await world.until(reader.read())).value, Uint8Array.of(1));
  writer.releaseLock();
  reader.releaseLock();
  return [mine, theirs];
}
