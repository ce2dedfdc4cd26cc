/**
 * The program behind `relay_client.ts`: reads IP packets from a TUN device, loses some, and writes
 * the others back to the same device after a delay, from where the kernel routes them on. Packets
 * keep their order. Ends when its standard input does.
 *
 * Arguments: device, delay in milliseconds, loss in percent, seed.
 *
 * @module
 */

/** `ioctl` that attaches an open `/dev/net/tun` to a device (linux/if_tun.h). */
const TUNSETIFF = 0x400454can;
/** Layer 3, without a header in front of each packet. */
const IFF_TUN_NO_PI = 0x1001;
const IFREQ_BYTES = 40;
const IFNAME_BYTES = 16;
const O_RDWR = 2;
/** More than the device's MTU. */
const PACKET_BYTES = 2048;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize", nonblocking: true },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
}).symbols;

/** Returns a descriptor whose reads and writes are IP packets of `device`. */
function openTun(device: string): number {
  const descriptor = libc.open(new TextEncoder().encode("/dev/net/tun\0"), O_RDWR);
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(new TextEncoder().encode(device));
  new DataView(request.buffer).setUint16(IFNAME_BYTES, IFF_TUN_NO_PI, true);
  if (descriptor < 0 || libc.ioctl(descriptor, TUNSETIFF, request) < 0) {
    throw new Error(`Cannot open the TUN device ${device}: expected a descriptor, received none`);
  }
  return descriptor;
}

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
  descriptor: number,
  delayMs: number,
  lossPercent: number,
  random: () => number,
): Promise<never> {
  const buffer = new Uint8Array(PACKET_BYTES);
  while (true) {
    const length = Number(await libc.read(descriptor, buffer, BigInt(PACKET_BYTES)));
    if (length <= 0) throw new Error(`Cannot read from the TUN device: received ${length}`);
    if (random() * 100 < lossPercent) continue;
    const packet = buffer.slice(0, length);
    setTimeout(() => libc.write(descriptor, packet, BigInt(length)), delayMs);
  }
}

if (import.meta.main) {
  const [device, delayMs, lossPercent, seed] = Deno.args;
  const descriptor = openTun(device);
  relay(descriptor, Number(delayMs), Number(lossPercent), seededRandom(Number(seed)));
  console.log("ready");
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
