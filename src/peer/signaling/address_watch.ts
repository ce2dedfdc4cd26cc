/**
 * Whether this machine still has the address that a peer is known by.
 *
 * Nobody tells a program: what lists the machine's addresses needs a permission of its own, and a
 * socket at an address that is gone only falls silent. That it cannot be bound any more is to be had
 * for nothing.
 *
 * @module
 */

import type { Address } from "../../address.ts";
import { sleep } from "../../async/waiting.ts";
import { ADDRESS_CHECK_MS } from "../limits.ts";
import type { Platform } from "../platform/platform.ts";

/**
 * Resolves once this machine has lost an address, or has it again.
 *
 * @throws the signal's reason once it is aborted
 */
export async function untilAddress(
  address: Address,
  is: "lost" | "back",
  { network, clock }: Platform,
  signal: AbortSignal,
): Promise<void> {
  while (network.hasAddress(address) !== (is === "back")) {
    await sleep(clock, ADDRESS_CHECK_MS, signal);
  }
}
