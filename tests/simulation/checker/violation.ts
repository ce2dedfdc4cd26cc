/**
 * The one error of the checker.
 *
 * @module
 */

/** The server did what the protocol does not allow, or did not do what it demands. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a {@linkcode Violation} unless `holds`. */
export function demand(holds: boolean, rule: string, what: () => string): asserts holds {
  if (!holds) throw new Violation(`${rule}\n  ${what()}`);
}
