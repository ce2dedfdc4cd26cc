/**
 * The one error of the checker, and the names of what it checks.
 *
 * @module
 */

/** Headings of docs/PROTOCOL.md, up to a colon: each rule begins with the one it comes from. */
export const CLAUSES = [
  "Registration",
  "Request",
  "Response",
  "Order of datagram and request",
  "Peer",
  "Server and Client",
  "Leaving",
  "Errors",
  "Token",
  "Local endpoints",
  "Note",
  "Names",
  "Extended response",
  "Answered KeepAlive",
  "Limits and times",
] as const;

/** A sentence of the protocol behind the heading it stands under. */
export type Rule = `${typeof CLAUSES[number]}: ${string}`;

/** The server did what the protocol does not allow, or did not do what it demands. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a {@linkcode Violation} unless `holds`. */
export function demand(holds: boolean, rule: Rule, what: () => string): asserts holds {
  if (!holds) throw new Violation(`${rule}\n  ${what()}`);
}
