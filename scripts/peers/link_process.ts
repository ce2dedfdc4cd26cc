/**
 * One end of a link between two processes on loopback, which are introduced by hand. Prints `open`,
 * then how many datagrams it sent or received, and for how many microseconds it kept a processor busy
 * meanwhile.
 *
 *     link_process.ts send|receive OWN_PORT REMOTE_PORT MBIT/S BYTES SECONDS
 *
 * Runs in Deno, and bundled in Node.js and Bun.
 *
 * @module
 */

import process from "node:process";
import { connectByHand } from "./by_hand.ts";
import { keepPace } from "./pace.ts";

const [task, ...numbers] = process.argv.slice(2);
const [own, remote, megabitsPerSecond, bytes, seconds] = numbers.map(Number);
const side = task === "send" ? "send" : "receive";
const [ownEnd, remoteEnd] = [own, remote].map((port) => ({ address: "127.0.0.1", port }));
const { connection, socket } = await connectByHand(side, { own: ownEnd, remote: remoteEnd });
console.log("open");
const before = process.cpuUsage();
const count = await (side === "send" ? send() : receive());
const { user, system } = process.cpuUsage(before);
console.log(`${count} ${user + system}`);
await socket.close();

async function send(): Promise<number> {
  const datagram = new Uint8Array(bytes);
  const rest = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
  const pace = { megabitsPerSecond, bytes, seconds };
  const sent = await keepPace(pace, () => connection.send(datagram), rest);
  await connection.close();
  return sent;
}

async function receive(): Promise<number> {
  let received = 0;
  for await (const _ of connection) received++;
  return received;
}
