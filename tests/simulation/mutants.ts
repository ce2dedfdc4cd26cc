/**
 * Broken variants of the rendezvous: each is one change of its source that a hurried programmer
 * could make. The checker must notice every one of them.
 *
 * @module
 */

import { LEASE_MUTANTS } from "./mutants/leases.ts";
import { INTRODUCTION_MUTANTS, SESSION_MUTANTS, TIME_MUTANTS } from "./mutants/sessions.ts";
import { BYTE_MUTANTS, PLACE_MUTANTS, RATE_MUTANTS } from "./mutants/limits.ts";
import { LATENESS_MUTANTS, QUEUE_MUTANTS } from "./mutants/waiting.ts";
import { NAMED_HOST_MUTANTS, NAMED_PEER_MUTANTS } from "./mutants/names.ts";
import type { Mutant } from "./mutants/mutant.ts";

/** Every mutant. */
export const MUTANTS: readonly Mutant[] = [
  ...LEASE_MUTANTS,
  ...TIME_MUTANTS,
  ...INTRODUCTION_MUTANTS,
  ...SESSION_MUTANTS,
  ...PLACE_MUTANTS,
  ...RATE_MUTANTS,
  ...BYTE_MUTANTS,
  ...QUEUE_MUTANTS,
  ...LATENESS_MUTANTS,
  ...NAMED_HOST_MUTANTS,
  ...NAMED_PEER_MUTANTS,
];
