/**
 * Broken variants of the shares: small changes of the rule, each of which people at a full server
 * would feel.
 *
 * @module
 */

import type { Mutant } from "../mutants/mutant.ts";

/** Each must break the claim of at least one overload. */
export const SHARE_MUTANTS: readonly Mutant[] = [
  {
    name: "nobody gives way",
    file: "session_shares.ts",
    text: "const slot = this.#givingWay(source, nowMs);",
    replacement: "const slot = NO_SLOT;",
  },
  {
    name: "a network gives where it holds one more",
    file: "share_counts.ts",
    text: "const LEAST_LEAD = 2;",
    replacement: "const LEAST_LEAD = 1;",
  },
  {
    name: "the network that holds most gives, whoever comes",
    file: "share_counts.ts",
    text: "if (lead >= LEAST_LEAD) {",
    replacement: "if (network !== NO_SLOT) {",
  },
  {
    name: "the newcomer's own network always gives",
    file: "share_counts.ts",
    text: "if (lead >= LEAST_LEAD) {",
    replacement: "if (lead === Infinity) {",
  },
  {
    name: "an IPv6 /32 is nothing",
    file: "share_counts.ts",
    text: "if (heldByBlock <= held)",
    replacement: "if (heldByBlock >= 0)",
  },
  {
    name: "an IPv6 /32 counts with all that it holds",
    file: "share_counts.ts",
    text: "this.#blockCounts[block] / SESSIONS_PER_BLOCK_SHARE",
    replacement: "this.#blockCounts[block]",
  },
  {
    name: "networks of the IPv6 /32 that holds most push each other out",
    file: "share_counts.ts",
    text: "isOwnBlock ? this.#networkCounts[network] : heldByBlock",
    replacement: "isOwnBlock ? heldByBlock : heldByBlock",
  },
  {
    name: "of equal addresses the one that has been settled longest gives",
    file: "share_counts.ts",
    text: "this.#newest[a] - this.#newest[b]",
    replacement: "this.#newest[b] - this.#newest[a]",
  },
  {
    name: "the oldest live Server gives, not the newest",
    file: "session_shares.ts",
    text: "return this.#byStage.last(stages + HOSTING);",
    replacement: "return this.#byStage.first(stages + HOSTING);",
  },
  {
    name: "any Peer that waits for long gives, though its network holds little",
    file: "session_shares.ts",
    text: "return isBelowAverage &&",
    replacement: "return isBelowAverage && nowMs < 0 &&",
  },
];
