/**
 * A peer for tests, the same in Deno, Node.js and Bun: it imports the library as a project does that
 * has installed it.
 *
 *     peer.ts host|join|connect SERVER LOCAL_PEER_PORT [REMOTE]
 *
 * Reads `send TEXT`, `stream BYTES` and `close` on standard input, and prints what happens, one line
 * for each. It sends back what streams bring, and ends by itself once all is closed, and its input has
 * ended.
 *
 * @module
 */

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
const connections = new Set<Connection>();
let connected = 0;

function say(line: string): void {
  console.log(line);
}

async function echoStreams({ incomingStreams }: Connection): Promise<void> {
  for await (const { readable, writable } of incomingStreams) await readable.pipeTo(writable);
}

/** Sends bytes over a stream, and looks whether the same ones come back. */
async function sendStream(connection: Connection, length: number): Promise<void> {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
  const { readable, writable } = await connection.openStream();
  const sent = new Blob([bytes]).stream().pipeTo(writable);
  let count = 0;
  for await (const chunk of readable) {
    if (chunk.some((byte: number, i: number) => byte !== bytes[count + i])) {
      return say("streamed other bytes");
    }
    count += chunk.length;
  }
  await sent;
  say(`streamed ${count}`);
}

async function serve(connection: Connection): Promise<void> {
  connections.add(connection);
  echoStreams(connection);
  say(`connected ${++connected}`);
  for await (const datagram of connection) say(`received ${new TextDecoder().decode(datagram)}`);
  connections.delete(connection);
  say(`ended ${await connection.ended} ${connection.closeReason ?? "without a reason"}`);
}

async function serveAll(hosting: Host): Promise<void> {
  say(`hosts ${(await hosting.names()).join(" ")}`);
  for await (const connection of hosting) serve(connection);
  say("hosts no more");
}

const hosting = mode === "host" ? await host(options) : undefined;
if (hosting !== undefined) serveAll(hosting);
else serve(await (mode === "join" ? join : connect)({ ...options, remote }));

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(" ");
  if (command === "close") {
    await Promise.all([...connections].map((connection) => connection.close("enough")));
    await hosting?.close();
  } else if (command === "stream") {
    for (const connection of connections) await sendStream(connection, Number(words[0]));
  } else {
    const datagram = new TextEncoder().encode(words.join(" "));
    for (const connection of connections) await connection.send(datagram);
  }
}
