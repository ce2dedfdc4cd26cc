/**
 * The load of forwarding: sends datagrams at a rate, or counts those that arrive.
 *
 *     deno run --allow-net load_process.ts send PORT MBIT/S BYTES SECONDS    prints how many it sent,
 *                                                                and its processor time in seconds
 *     deno run --allow-net load_process.ts receive    prints its port, and for each line read a count
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { DATAGRAM_BUFFER_BYTES } from "../../src/sockets/datagrams.ts";
import { keepPace } from "./pace.ts";

/** Shorter than any timer: a socket holds no more than a hundred datagrams, so bursts must be small. */
const REST_MS = 0.4;

const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const [task, ...numbers] = Deno.args;
if (task === "send") await send();
else await receive();
socket.close();

async function send(): Promise<void> {
  const [port, megabitsPerSecond, bytes, seconds] = numbers.map(Number);
  const datagram = new Uint8Array(bytes);
  const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
  const word = new Int32Array(new SharedArrayBuffer(4));
  const sent = await keepPace(
    { megabitsPerSecond, bytes, seconds },
    () => socket.send(datagram, to),
    () => void Atomics.wait(word, 0, 0, REST_MS),
  );
  const { user, system } = cpuUsage();
  console.log(sent, (user + system) / 1e6);
}

async function receive(): Promise<void> {
  console.log((socket.addr as Deno.NetAddr).port);
  let received = 0;
  (async () => {
    const buffer = new Uint8Array(DATAGRAM_BUFFER_BYTES);
    for (;; received++) await socket.receive(buffer);
  })().catch(() => {});
  for await (const _ of Deno.stdin.readable) console.log(received);
}
