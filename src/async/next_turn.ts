/**
 * Giving way to everything else that the event loop has to do.
 *
 * @module
 */

/** Resolves when what has arrived meanwhile has had its turn; no time passes that a clock could tell. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
