/**
 * Peers with a code in a simulated world. A code costs a tenth of a second of this machine's own time,
 * of which the virtual clock knows nothing.
 *
 * @module
 */

import { stretch } from "../../src/peer/channel/stretching.ts";
import type { World } from "../simulated/peer_platform.ts";

/** The name of the server. */
export const SERVER = "server.test";

/** A code that every test may use. */
export const CODE = "008J-4CT4-ANK7-F24S-94";

/** The name that the server knows it by. */
export const CODE_NAME = "R8N772N21XVGTJGXFXVVK67X5ZQME7F9";

/** Resolves when what was asked with a code so far has reached its world. */
export async function begun(...asked: readonly Promise<unknown>[]): Promise<void> {
  for (const promise of asked) promise.catch(() => {});
  // Keys are made one after the other: this one is the last.
  await stretch(new Uint8Array(1), "");
}

/** Lets the virtual time pass that something asked with a code needs. */
export async function untilMet<Result>(world: World, asked: Promise<Result>): Promise<Result> {
  await begun(asked);
  return await world.until(asked);
}
