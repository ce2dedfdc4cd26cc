/**
 * Delay and loss for a lab. The kernels of small machines come without `netem`, so every packet of
 * a slowed internet is routed into a TUN device, and a program sends it on later, or never.
 *
 * @module
 */

import { readLines } from "../support/lines.ts";
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
  const child = core.spawn(Deno.execPath(), [
    "run",
    "-A",
    script,
    RELAY_DEVICE,
    `${delayMs}`,
    `${lossPercent}`,
    `${seed}`,
  ]);
  const lines = readLines(child.stdout);
  const first = await lines.next();
  if (first.value !== "ready") {
    throw new Error(`Cannot start the relay: expected "ready", received "${first.value}"`);
  }
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await lines.return(undefined);
    },
  };
}
