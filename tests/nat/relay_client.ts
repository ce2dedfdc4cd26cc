/**
 * Delay and loss for a lab. The kernels of small machines come without `netem`, so every packet of
 * a slowed internet is routed into a TUN device, and a program sends it on later, or never.
 *
 * @module
 */

import type { Namespace } from "./namespace.ts";

/** The TUN device through which a slowed internet routes its packets. */
export const RELAY_DEVICE = "relay0";

/** What the relay does to each packet, once in each direction. */
export interface RelayedLink {
  readonly delayMs: number;
  readonly lossPercent: number;
  /** Of the generator that picks the packets to lose. */
  readonly seed: number;
}

/** Starts the relay; disposing of it ends it. The device must exist. */
export async function startRelay(
  core: Namespace,
  { delayMs, lossPercent, seed }: RelayedLink,
): Promise<AsyncDisposable> {
  const script = new URL("./relay.ts", import.meta.url).href;
  const child = core.start([
    ...[Deno.execPath(), "run", "-A", script, RELAY_DEVICE],
    ...[delayMs, lossPercent, seed].map(String),
  ]);
  await child.output.find((line) => line === "ready", "a relay that is ready");
  return {
    async [Symbol.asyncDispose]() {
      await child.endInput();
      await child.ended();
    },
  };
}
