/**
 * The program behind `relay_client.ts`: reads IP packets from a TUN device, loses some, and writes
 * the others back to the same device after a delay, from where the kernel routes them on. Packets
 * keep their order. Ends when its standard input does.
 *
 * Arguments: device, delay in milliseconds, loss in percent, seed.
 *
 * @module
 */

import { TunDevice } from "./tun.ts";

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function relay(
  device: TunDevice,
  delayMs: number,
  lossPercent: number,
  random: () => number,
): Promise<never> {
  while (true) {
    const packet = await device.read();
    if (random() * 100 < lossPercent) continue;
    setTimeout(() => device.write(packet), delayMs);
  }
}

if (import.meta.main) {
  const [name, delayMs, lossPercent, seed] = Deno.args;
  relay(new TunDevice(name), Number(delayMs), Number(lossPercent), seededRandom(Number(seed)));
  console.log("ready");
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
