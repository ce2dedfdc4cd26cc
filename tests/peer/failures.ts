/**
 * Errors that tests expect.
 *
 * @module
 */

import { PeerError } from "../../src/peer/errors.ts";

/** The PeerError with which `promise` rejects; anything else is thrown. */
export async function failureOf(promise: Promise<unknown>): Promise<PeerError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof PeerError) return error;
    throw error;
  }
  throw new Error("expected a PeerError, received success");
}
