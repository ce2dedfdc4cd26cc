/**
 * The program behind `kernel_path.ts`: carries IP packets between two TUN devices over a path as the
 * simulator has it. Ends when its standard input does.
 *
 * Arguments: both devices, then the path as JSON.
 *
 * @module
 */

import { systemClock } from "../../src/clock.ts";
import { TunDevice } from "../../tests/nat/tun.ts";
import { Bottleneck } from "../../tests/simulated/bottleneck.ts";
import { Prng } from "../../tests/simulated/prng.ts";

/** A bottleneck adds these to a datagram; packets of a device have them. */
const HEADER_BYTES = 28;

async function carry(from: TunDevice, way: Bottleneck, to: TunDevice): Promise<never> {
  while (true) {
    const packet = await from.read();
    way.send(packet.length - HEADER_BYTES, () => to.write(packet));
  }
}

if (import.meta.main) {
  const [a, b] = Deno.args.slice(0, 2).map((name) => new TunDevice(name));
  const path = JSON.parse(Deno.args[2]);
  const prng = new Prng(1);
  carry(a, new Bottleneck(systemClock, prng.fork(), path), b);
  carry(b, new Bottleneck(systemClock, prng.fork(), path), a);
  console.log("ready");
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
