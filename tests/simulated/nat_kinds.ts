/**
 * The usual kinds of NAT, and which of them let plain punching through.
 *
 * @module
 */

import type { Dependence } from "./nat.ts";

/** How a NAT maps and filters. */
type NatKind = Readonly<Record<"mapping" | "filtering", Dependence>>;

/** Kinds of NAT by mapping and filtering. */
export const NATS: Readonly<Record<string, NatKind>> = {
  "full cone": { mapping: "endpoint-independent", filtering: "endpoint-independent" },
  "restricted": { mapping: "endpoint-independent", filtering: "address-dependent" },
  "port restricted": {
    mapping: "endpoint-independent",
    filtering: "address-and-port-dependent",
  },
  "symmetric": {
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
  },
};

/** A side that maps anew needs one that lets a stranger's port in. */
export function canMeet(a: string, b: string): boolean {
  const isStrict = (name: string) => name === "port restricted" || name === "symmetric";
  return !(a === "symmetric" && isStrict(b) || b === "symmetric" && isStrict(a));
}
