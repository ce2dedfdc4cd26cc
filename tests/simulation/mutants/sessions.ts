/**
 * Broken variants of sessions and their introductions.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

/** Mutants of waiting: the 100 ms, deadlines, ends. */
export const TIME_MUTANTS: readonly Mutant[] = [
  {
    name: "an old datagram is used at once",
    file: "readiness.ts",
    text: "return mustWait ? undefined : lease;",
    replacement: "return lease;",
  },
  {
    name: "the 100 ms last until the lease ends",
    file: "readiness.ts",
    text: "Math.min(session.requestMs + STALE_LEASE_WAIT_MS, lease.expiresMs)",
    replacement: "lease.expiresMs",
  },
  {
    name: "who waits for a datagram waits for ever",
    file: "readiness.ts",
    text: "const giveUpMs = session.requestMs + this.#leases.timeoutMs;",
    replacement: "const giveUpMs = Infinity;",
  },
  {
    name: "lease_timeout comes a second late",
    file: "readiness.ts",
    text: "      : lease.expiresMs;",
    replacement: "      : lease.expiresMs + 1_000;",
  },
  {
    name: "two addresses are never noticed",
    file: "readiness.ts",
    text: "if (elsewhere !== undefined) return refusals.addressMismatch(session, elsewhere);",
    replacement: "",
  },
  {
    name: "two addresses are noticed after 4 s",
    file: "readiness.ts",
    text: "session.mismatchCheckMs ?? session.requestMs + ADDRESS_MISMATCH_WAIT_MS;",
    replacement: "session.mismatchCheckMs ?? session.requestMs + 2 * ADDRESS_MISMATCH_WAIT_MS;",
  },
  {
    name: "whoever looks at a session puts the comparison of its addresses off",
    file: "readiness.ts",
    text: "Math.min(giveUpMs, mismatchCheckMs(session))",
    replacement: "Math.min(giveUpMs, Math.max(mismatchCheckMs(session), nowMs + 1_000))",
  },
  {
    name: "connections that say nothing stay",
    file: "open_sessions.ts",
    text: "this.#deadlines.set(session, nowMs + FIRST_REQUEST_TIMEOUT_MS);",
    replacement: "",
  },
  {
    name: "a deadline that is put off keeps its place in the heap",
    file: "../async/deadline_heap.ts",
    text: "this.#siftUp(entry);\n    this.#siftDown(entry);\n  }\n\n  /** Takes",
    replacement: "this.#siftUp(entry);\n  }\n\n  /** Takes",
  },
];

/** Mutants of introductions and their content. */
export const INTRODUCTION_MUTANTS: readonly Mutant[] = [
  {
    name: "only one of two peers is introduced",
    file: "open_sessions.ts",
    text: "this.finish(partner, responses[1], nowMs);",
    replacement: "",
  },
  {
    name: "a peer is told its own endpoint as the other's",
    file: "open_sessions.ts",
    text: "this.finish(session, responses[0], nowMs);",
    replacement: "this.finish(session, responses[1], nowMs);",
  },
  {
    name: "a peer is told twice",
    file: "open_sessions.ts",
    text: "this.finish(session, responses[0], nowMs);",
    replacement:
      "session.connection.send(responses[0]);\n    this.finish(session, responses[0], nowMs);",
  },
  {
    name: "an answered session stays",
    file: "open_sessions.ts",
    text: "session.connection.end();\n    this.release(session, nowMs);",
    replacement: "session.connection.end();",
  },
  {
    name: "a client is not introduced when its host has read again",
    file: "open_sessions.ts",
    text: "if (this.#fullHosts.delete(host)) this.#serveClients(host, nowMs);",
    replacement: "",
  },
  {
    name: "introductions of clients are not counted",
    file: "counters.ts",
    text: "this.introductions++;",
    replacement: 'if (mode === "Peer") this.introductions++;',
  },
  {
    name: "a datagram wakes nobody",
    file: "open_sessions.ts",
    text: "for (const session of sessions) this.#advance(session, nowMs);",
    replacement: "",
  },
  {
    name: "old clients get new members",
    file: "introduction.ts",
    text: "if (receiver.session.token === undefined) return endpoints;",
    replacement: "",
  },
  {
    name: "peers get their own local endpoints",
    file: "introduction.ts",
    text: "= remote.session.request",
    replacement: "= receiver.session.request",
  },
  {
    name: "the age is that of the wrong datagram",
    file: "introduction.ts",
    text: "nowMs - remote.lease.datagramMs",
    replacement: "nowMs - receiver.lease.datagramMs",
  },
  {
    name: "two peers get different PairKeys",
    file: "introduction.ts",
    text: "introductionFor(b, a, pairKey, nowMs)]",
    replacement: "introductionFor(b, a, pairKey?.replace(/^./, pairKey[31]), nowMs)]",
  },
];

/** Mutants of sessions: takeover, hosts, ends. */
export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: "a Token does not guard a host that has just asked",
    file: "takeover.ts",
    text: "nowMs <= rival.requestMs + NEW_HOST_GUARD_MS",
    replacement: "nowMs < rival.requestMs",
  },
  {
    name: "a Token does not guard a client that waits",
    file: "takeover.ts",
    text: 'rival.request?.connectionType !== "Server" || readiness',
    replacement: 'rival.request?.connectionType === "Peer" || readiness',
  },
  {
    name: "how much of a request came is not said",
    file: "service.ts",
    text: "session.pendingBytes = this.#stream.pendingBytes;",
    replacement: "",
  },
  {
    name: "a host that is connected without a datagram is said to be unknown",
    file: "refusals.ts",
    text: "explanation: host === undefined\n",
    replacement: "explanation: host?.token === undefined\n",
  },
  {
    name: "a replaced session stays",
    file: "open_sessions.ts",
    text:
      "for (const rival of rivals) this.finish(rival, refusals.replaced(rival, session), nowMs);",
    replacement: "",
  },
  {
    name: "a Token guards nothing",
    file: "open_sessions.ts",
    text: "return this.finish(session, refusals.tokenHeld(session, guarded), nowMs);",
    replacement: "",
  },
  {
    name: "a Token guards even from itself",
    file: "takeover.ts",
    text: "if (rival.token === undefined || rival.token === session.token) return false;",
    replacement: "if (rival.token === undefined) return false;",
  },
  {
    name: "a successor is not introduced to whom its predecessor waited for",
    file: "open_sessions.ts",
    text: "if (wasServed) this.#setDeadline",
    replacement: "if (rivals.length > 0) this.#setDeadline",
  },
  {
    name: "a host that is gone stays",
    file: "lease_manager.ts",
    text: 'if (session.state === "open") this.#sessions.release(session, nowMs);',
    replacement: "",
  },
  {
    name: "a host without a datagram counts as live",
    file: "open_sessions.ts",
    text: "if (host === undefined || !this.#readiness.isLive(host)) {",
    replacement: "if (host === undefined) {",
  },
  {
    name: "clients of a host that leaves wait on",
    file: "open_sessions.ts",
    text: "for (const client of clients) this.#advance(client, nowMs);",
    replacement: "",
  },
  {
    name: "who half-closes hears nothing",
    file: "lease_manager.ts",
    text: "this.#sessions.finish(session, refusals.cancelled(session), nowMs);",
    replacement: "",
  },
  {
    name: "families are not compared",
    file: "takeover.ts",
    text: "return refusals.familyMismatch(session, request);",
    replacement: "",
  },
  {
    name: "a host may ask for something else",
    file: "lease_manager.ts",
    text: "if (!isRepetition(first, request)) {",
    replacement: "if (false) {",
  },
  {
    name: "clients hear of their host before they hear that the server stops",
    file: "open_sessions.ts",
    text: "for (const session of sessions) this.#leave(session);",
    replacement: "",
  },
];
