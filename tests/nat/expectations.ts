/**
 * What is to be expected of two peers, by the kinds of place they are in.
 *
 * The table follows from RFC 4787's words. A datagram gets in when the other side's filter has been
 * opened for exactly the endpoint it comes from (`apdf`), for its address (`adf`), or at all
 * (`eif`). A symmetric NAT sends from a port that nobody could foresee; so does one that accepts
 * uninvited datagrams, once one was there first. Two such sides never meet, and neither meets an
 * `apdf` one, which opened its filter for the wrong port. Everybody else has a side that sees the
 * other's real endpoint and answers to it.
 *
 * @module
 */

import type { PeerErrorCode } from "../../src/peer/errors.ts";
import { type Kind, KINDS } from "./site.ts";

/** What becomes of a pair. */
export type Verdict = "connected" | "punch_failed" | "no_lease" | "family_mismatch";

/** What becomes of one side: an error code, or it goes on waiting for somebody else. */
export type Fate = "connected" | "waiting" | PeerErrorCode;

/** Who does what: both ask for each other, or the first hosts and the second joins. */
export type Mode = "peer" | "host";

const VERDICT_OF: Readonly<Record<string, Verdict>> = {
  "+": "connected",
  "x": "punch_failed",
  "u": "no_lease",
  "f": "family_mismatch",
};

/** One column for each of {@linkcode KINDS}, in their order, as are the rows. */
const TABLE: Readonly<Record<Kind, string>> = {
  //             public
  //             | eim-eif
  //             | | eim-adf
  //             | | | eim-apdf
  //             | | | | cgnat
  //             | | | | | accepting
  //             | | | | | | symmetric
  //             | | | | | | | udp-blocked
  //             | | | | | | | | ipv6
  "public": "     + + + + + + + u +",
  "eim-eif": "    + + + + + + + u f",
  "eim-adf": "    + + + + + + + u f",
  "eim-apdf": "   + + + + + x x u f",
  "cgnat": "      + + + + + x x u f",
  "accepting": "  + + + x x x x u f",
  "symmetric": "  + + + x x x x u f",
  "udp-blocked": "u u u u u u u u f",
  "ipv6": "       + f f f f f f f +",
};

/** What becomes of two peers in places of these kinds. */
export function verdict(first: Kind, second: Kind): Verdict {
  return VERDICT_OF[TABLE[first].trim().split(" ")[KINDS.indexOf(second)]];
}

/**
 * What each side of a pair is told.
 *
 * @returns the fate of the first and of the second
 */
export function fates(first: Kind, second: Kind, mode: Mode): readonly [Fate, Fate] {
  const pair = verdict(first, second);
  if (pair === "connected") return ["connected", "connected"];
  if (pair === "no_lease") return fatesWithoutUdp(first, second, mode);
  // A host that misses one client waits for the next.
  return mode === "peer" ? [pair, pair] : ["waiting", pair];
}

/** Who sends no datagrams is not registered: nobody finds that host, nobody is introduced. */
function fatesWithoutUdp(first: Kind, second: Kind, mode: Mode): readonly [Fate, Fate] {
  const fate = (kind: Kind): Fate => kind === "udp-blocked" ? "no_lease" : "waiting";
  if (mode === "host" && first === "udp-blocked") return ["no_lease", "host_not_found"];
  return [fate(first), fate(second)];
}

/** Every pair of kinds once. */
export function pairs(): [Kind, Kind][] {
  return KINDS.flatMap((first, index) =>
    KINDS.slice(index).map((second): [Kind, Kind] => [first, second])
  );
}

/** Kinds between which the table makes no difference, as README names them. */
export const GROUPS: readonly { readonly name: string; readonly kinds: readonly Kind[] }[] = [
  { name: "open", kinds: ["public", "eim-eif", "eim-adf"] },
  { name: "usual", kinds: ["eim-apdf", "cgnat"] },
  { name: "hard", kinds: ["symmetric", "accepting"] },
  { name: "no UDP", kinds: ["udp-blocked"] },
];

/** The rows of the table by groups, as README shows them. */
export function groupRows(): string[][] {
  const sign = (first: Kind, second: Kind) => verdict(first, second) === "connected" ? "✅" : "❌";
  return GROUPS.map(({ name, kinds: [first] }) => [
    `**${name}**`,
    ...GROUPS.map(({ kinds: [second] }) => sign(first, second)),
  ]);
}
