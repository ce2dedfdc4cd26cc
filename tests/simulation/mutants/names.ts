/**
 * Mutants of names and notes.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

/** Mutants of hosts that have a name, and of those who ask for it. */
export const NAMED_HOST_MUTANTS: readonly Mutant[] = [
  {
    name: "a host is not found by its name",
    file: "roster.ts",
    text: "return ownName === undefined\n",
    replacement: "return ownName !== null\n",
  },
  {
    name: "the name of a host is not guarded",
    file: "open_sessions.ts",
    text: "rivals.find((rival) =>",
    replacement: "rivals.filter((r) => r.ownName !== session.ownName).find((rival) =>",
  },
  {
    name: "of a host with a name the address is not guarded",
    file: "open_sessions.ts",
    text: "rivals.find((rival) =>",
    replacement: "rivals.filter((r) => r.ownName === session.ownName).find((rival) =>",
  },
  {
    name: "something changes before a host is judged",
    file: "open_sessions.ts",
    text: "const guarded = rivals.find(",
    replacement: "for (const rival of rivals) this.#leave(rival);\nconst guarded = rivals.find(",
  },
  {
    name: "of two sessions that a host takes over one stays",
    file: "open_sessions.ts",
    text: "for (const rival of rivals) this.finish(",
    replacement: "for (const rival of rivals.slice(0, 1)) this.finish(",
  },
  {
    name: "who asked for the name of a host that is gone waits on",
    file: "open_sessions.ts",
    text: "of this.#roster.doorsOf(session)) {",
    replacement: "of this.#roster.doorsOf(session).slice(0, 1)) {",
  },
  {
    name: "who asked for the name of a host that had no room waits on",
    file: "roster.ts",
    text: "return second === undefined ? first.clients :",
    replacement: "return second !== null ? first.clients :",
  },
  {
    name: "who asked by address comes before who asked by name",
    file: "roster.ts",
    text: "nextA.value.requestMs <= nextB.value.requestMs",
    replacement: "true",
  },
  {
    name: "a host may repeat its request with another name",
    file: "session.ts",
    text: "a?.localName === b?.localName &&",
    replacement: "",
  },
  {
    name: "a repeated request brings no other Note",
    file: "lease_manager.ts",
    text: "      session.request = request;\n",
    replacement: "",
  },
  {
    name: "a host without a name may repeat its request with another Note",
    file: "session.ts",
    text: "(a?.localName !== undefined ||",
    replacement: "(true ||",
  },
  {
    name: "the host with one's own Token can be asked for by name",
    file: "takeover.ts",
    text: "return isOwnHost ? refusals.ownHost(session, request) : undefined;",
    replacement: "return undefined;",
  },
  {
    name: "a Note is not handed on",
    file: "introduction.ts",
    text: "...(note !== undefined && { destNote: note }),",
    replacement: "",
  },
];

/** Mutants of Peers that ask by name, and of meeting points. */
export const NAMED_PEER_MUTANTS: readonly Mutant[] = [
  {
    name: "Peers of both IP versions share their names",
    file: "roster.ts",
    text: "return this.#namedPeers[familyOf(address)];",
    replacement: "return this.#namedPeers.IPv4;",
  },
  {
    name: "Peers meet who has the same two names in the same order",
    file: "named_peers.ts",
    text: "return this.#pairs.only(names.remote, names.local);",
    replacement: "return this.#pairs.only(names.local, names.remote);",
  },
  {
    name: "the names of a Peer that waits are taken over unseen",
    file: "named_peers.ts",
    text: ": this.#pairs.only(names.local, names.remote);",
    replacement: ": undefined;",
  },
  {
    name: "who is not ready keeps others from meeting at a meeting point",
    file: "open_sessions.ts",
    text: "if (session.names !== undefined && this.#readiness.isLive(session)) {",
    replacement: "if (session.names !== undefined) {",
  },
  {
    name: "nobody who waits at a meeting point is met",
    file: "named_peers.ts",
    text: "if (isMeetingPoint(names)) this.#ready.set(names.local, session);",
    replacement: "",
  },
  {
    name: "who has gone from a meeting point is met",
    file: "named_peers.ts",
    text: "if (this.#ready.get(names.local) === session) this.#ready.delete(names.local);",
    replacement: "",
  },
  {
    name: "the same Token does not take over at a meeting point",
    file: "named_peers.ts",
    text: "? this.#comers.only(names.local, session.token)",
    replacement: "? undefined",
  },
  {
    name: "at a meeting point whoever comes takes over from who waits",
    file: "named_peers.ts",
    text: "? this.#comers.only(names.local, session.token)",
    replacement: "? this.#ready.get(names.local)",
  },
  {
    name: "who takes over from the one that waits at a meeting point is not met",
    file: "takeover.ts",
    text: "isMeetingPoint(rival.names)) return false;",
    replacement: "isMeetingPoint(rival.names)) return readiness.isLive(rival);",
  },
];
