/**
 * A broken variant of a pure room.
 *
 * @module
 */

/** One change. */
export interface Mutant {
  /** What is broken. */
  readonly name: string;
  /** File in the room: `src/rendezvous` where nothing else is said. */
  readonly file: string;
  /** Text that stands in it exactly once. */
  readonly text: string;
  /** What stands there instead. */
  readonly replacement: string;
}
