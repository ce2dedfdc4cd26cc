/**
 * The addresses of this machine, as far as they can be learnt without asking anybody.
 *
 * @module
 */

import { networkInterfaces } from "node:os";
import { type Address, parseAddress } from "../../address.ts";

/**
 * All of them; none in Deno without `--allow-sys`, which would ask the user in the middle of something
 * else.
 */
export function localAddresses(): Address[] {
  if (!mayAsk()) return [];
  const found = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const parsed = found.map(({ address }) => parseAddress(address));
  return [...new Set(parsed.filter((address) => address !== undefined))];
}

function mayAsk(): boolean {
  if (!("Deno" in globalThis)) return true;
  return Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" }).state === "granted";
}
