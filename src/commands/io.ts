/**
 * What a command has around it.
 *
 * @module
 */

import type { Platform } from "../peer/mod.ts";

/** Input, output and an end. */
export interface CommandIo {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to standard output. */
  readonly output: (bytes: Uint8Array) => Promise<void>;
  /** Writes a line to standard error. */
  readonly status: (line: string) => void;
  /** Ends the command as its user wants it to end. */
  readonly signal: AbortSignal;
  readonly platform: Platform;
}

/** A mistake on the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
