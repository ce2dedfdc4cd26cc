/**
 * A broken variant of the rendezvous.
 *
 * @module
 */

/** One change. */
export interface Mutant {
  /** What is broken. */
  readonly name: string;
  /** File in `src/rendezvous`. */
  readonly file: string;
  /** Text that stands in it exactly once. */
  readonly text: string;
  /** What stands there instead. */
  readonly replacement: string;
}
