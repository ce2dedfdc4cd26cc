/** Streams over real sockets, and a path that loses and delays. */

import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { type Connection, systemPlatform } from "../../src/peer/mod.ts";
import { PeerSocket } from "../../src/peer/socket/peer_socket.ts";
import { within } from "../support/deadline.ts";
import { startRelay } from "../support/relay_process.ts";
import { introduce } from "./socket/introductions.ts";

const BYTES = 5_000_000;
/** A transfer of a second or two. */
const DEADLINE_MS = 60_000;

function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  for (let at = 0; at < BYTES; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

function hashOf(chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Sends all bytes both ways over one stream. */
async function assertCarries(a: Connection, b: Connection): Promise<void> {
  const bytes = randomBytes();
  const expected = hashOf([bytes]);
  const mine = await a.openStream();
  const sent = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeTo(mine.writable);
  const { value: theirs } = await b.incomingStreams.next();
  const back = theirs!.readable.pipeTo(theirs!.writable);
  const received = hashOf(await Array.fromAsync(mine.readable));
  await Promise.all([sent, back]);
  assertEquals(received, expected);
}

Deno.test("5 MB there and back arrive intact at 1 % loss and 50 ms", async () => {
  await using relay = await startRelay({ delayMs: 25, loss: 0.01, seed: 1 });
  const [faceA, faceB] = relay.endpoints;
  // Each side sees the other one where the relay has it.
  const [forA, forB] = introduce(faceB, faceA);
  const sockets = [faceA, faceB].map(() => {
    const udp = systemPlatform.network.openUdp({ address: "127.0.0.1", port: 0 });
    return new PeerSocket(systemPlatform, udp, udp.local);
  });
  try {
    const [a, b] = await within(
      Promise.all([
        sockets[0].connect(forA, "b", { mode: "Client" }),
        sockets[1].connect(forB, "a", { mode: "Server" }),
      ]),
      "both connections",
    );
    await within(assertCarries(a, b), "the transfer", DEADLINE_MS);
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()));
  }
});
