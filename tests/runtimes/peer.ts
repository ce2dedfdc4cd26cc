/**
 * A peer for tests, the same in Deno, Node.js and Bun: it imports the library as a project does that
 * has installed it.
 *
 *     peer.ts host|join|connect SERVER LOCAL_PEER_PORT [REMOTE]
 *
 * Reads `send TEXT`, `stream BYTES`, `abort CODE` and `close` on standard input, and prints what
 * happens, one line for each. It sends back what comes by streams. It ends by itself once all is
 * closed, and its input has ended.
 *
 * @module
 */

import { createHash } from "node:crypto";
import process from "node:process";
import { createInterface } from "node:readline";
import {
  connect,
  type Connection,
  type ConnectionOptions,
  type Host,
  host,
  join,
} from "@containment-breach/containment-breach/peer";

const [mode, server, localPeerPort, remote = ""] = process.argv.slice(2);
const options: ConnectionOptions = {
  server,
  localPeerPort: BigInt(localPeerPort),
  // So that the next process has this one's place at once.
  token: `of ${localPeerPort}`,
  secret: "of these tests",
  onEvent: ({ kind }) => say(`event ${kind}`),
};
const CHUNK_BYTES = 50_000;
const connections = new Set<Connection>();
let connected = 0;

function say(line: string): void {
  console.log(line);
}

async function serve(connection: Connection): Promise<void> {
  connections.add(connection);
  say(`connected ${++connected}`);
  returnStreams(connection);
  for await (const datagram of connection) say(`received ${new TextDecoder().decode(datagram)}`);
  connections.delete(connection);
  say(`ended ${await connection.ended} ${connection.closeReason ?? "without a reason"}`);
}

/** Sends back what comes by streams. */
async function returnStreams(connection: Connection): Promise<void> {
  for await (const { readable, writable } of connection.incomingStreams) {
    readable.pipeTo(writable).then(
      () => say("returned a stream"),
      (error) => say(`stream failed ${error.code} ${error.resetCode}`),
    );
  }
}

/** Sends bytes by a stream, and compares what comes back. */
async function sendStream(connection: Connection, length: number): Promise<void> {
  const { readable, writable } = await connection.openStream();
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length)).map((_, i) => i + length);
      sent.update(chunk);
      controller.enqueue(chunk);
      length -= chunk.length;
      if (length === 0) controller.close();
    },
  });
  const sending = source.pipeTo(writable);
  let arrived = 0;
  for await (const chunk of readable) {
    received.update(chunk);
    arrived += chunk.length;
  }
  await sending;
  const isIntact = sent.digest("hex") === received.digest("hex");
  say(`streamed ${arrived} ${isIntact ? "intact" : "broken"}`);
}

async function abortStream(connection: Connection, code: number): Promise<void> {
  const { writable } = await connection.openStream();
  const writer = writable.getWriter();
  await writer.write(new Uint8Array(1));
  await writer.abort(code);
}

async function serveAll(hosting: Host): Promise<void> {
  say(`hosts ${(await hosting.names()).join(" ")}`);
  for await (const connection of hosting) serve(connection);
  say("hosts no more");
}

async function obey(connection: Connection, command: string, words: string[]): Promise<void> {
  switch (command) {
    case "send":
      return void await connection.send(new TextEncoder().encode(words.join(" ")));
    case "stream":
      return await sendStream(connection, Number(words[0]));
    case "abort":
      return await abortStream(connection, Number(words[0]));
    case "close":
      return await connection.close("enough");
  }
}

const hosting = mode === "host" ? await host(options) : undefined;
if (hosting !== undefined) serveAll(hosting);
else serve(await (mode === "join" ? join : connect)({ ...options, remote }));

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(" ");
  for (const connection of connections) await obey(connection, command, words);
  if (command === "close") await hosting?.close();
}
