/**
 * Broken variants of what is scarce: places, rates, bytes.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

/** Mutants of a full server: who has a place, and whose turn it is to give it up. */
export const PLACE_MUTANTS: readonly Mutant[] = [
  {
    name: "one session too many",
    file: "session_shares.ts",
    text: "if (this.size < this.#maxSessions) return FREE;",
    replacement: "if (this.size <= this.#maxSessions) return FREE;",
  },
  {
    name: "a finished session holds its place while it lingers",
    file: "open_sessions.ts",
    text: "this.#shares.remove(session);",
    replacement: "if (session.request === undefined) this.#shares.remove(session);",
  },
  {
    name: "nobody gives way",
    file: "session_shares.ts",
    text: "const slot = this.#givingWay(source, nowMs);",
    replacement: "const slot = NO_SLOT;",
  },
  {
    name: "who gives way hears nothing",
    file: "lease_manager.ts",
    text: "this.#sessions.finish(displaced, refusals.gaveWay(this.maxSessions), nowMs);",
    replacement: "this.#sessions.release(displaced, nowMs);",
  },
  {
    name: "a network gives where it holds one more",
    file: "share_counts.ts",
    text: "const LEAST_LEAD = 2;",
    replacement: "const LEAST_LEAD = 1;",
  },
  {
    name: "the newest that asked for nothing gives, not the oldest",
    file: "session_shares.ts",
    text: "const unasked = this.#byStage.first(stages + UNASKED);",
    replacement: "const unasked = this.#byStage.last(stages + UNASKED);",
  },
  {
    name: "a session that waits for its lease counts as one that asked for nothing",
    file: "open_sessions.ts",
    text: "this.#shares.requested(session);",
    replacement: "",
  },
  {
    name: "an operator's limit comes after the total",
    file: "session_shares.ts",
    text: 'if (level !== undefined) return { kind: "over_limit", level };',
    replacement: 'if (level !== undefined && this.size < 4) return { kind: "over_limit", level };',
  },
];

/** Mutants of rates, and of what is said of them. */
export const RATE_MUTANTS: readonly Mutant[] = [
  {
    name: "twice the rate at once",
    file: "prefix_rate.ts",
    text: "Math.max(RATE_BURST_S * 1000, this.#stepMs)",
    replacement: "Math.max(RATE_BURST_S * 2000, this.#stepMs)",
  },
  {
    name: "only addresses are limited, not networks",
    file: "prefix_rate.ts",
    text: "this.#network.use(inNetwork, nowMs);",
    replacement: "",
  },
  {
    name: "a datagram that a limit kept out is forgotten",
    file: "lease_manager.ts",
    text: "this.#seen.refused(source.address, limit);",
    replacement: "",
  },
  {
    name: "a limit is told although other datagrams of the address were taken",
    file: "refusals.ts",
    text: "seen.refused > 0 && seen.taken === 0",
    replacement: "seen.refused > 0",
  },
  {
    name: "what was dropped before the request counts",
    file: "seen_datagrams.ts",
    text: "dropped: now.dropped - before.dropped,",
    replacement: "dropped: now.dropped,",
  },
  {
    name: "datagrams with another Token are not noticed",
    file: "seen_datagrams.ts",
    text: "else peer.withToken++;",
    replacement: "",
  },
  {
    name: "the first reason is told, not the last",
    file: "seen_datagrams.ts",
    text: "watched.dropReason = reason;",
    replacement: "watched.dropReason ??= reason;",
  },
];

/** Mutants of the gate and of the budgets of bytes. */
export const BYTE_MUTANTS: readonly Mutant[] = [
  {
    name: "junk does not count against the rate",
    file: "service.ts",
    text: "const admitted = this.#manager.admit(source, nowMs);",
    replacement: "const junk = decodeRegistration(datagram);\n" +
      "    if (!junk.ok) return this.#manager.drop(junk.reason, source, nowMs);\n" +
      "    const admitted = this.#manager.admit(source, nowMs);",
  },
  {
    name: "port 0 is a source like any other",
    file: "lease_manager.ts",
    text: "if (source.port === 0 || !isUnicast(packed))",
    replacement: "if (!isUnicast(packed))",
  },
  {
    name: "the bytes of a session have no budget",
    file: "service.ts",
    text: "this.#budget.spend(bytes.length, nowMs);",
    replacement: "",
  },
  {
    name: "the bytes of an address have no budget",
    file: "service.ts",
    text: "this.#addressBudgets.spend(packAddress(this.address), bytes.length, nowMs);",
    replacement: "",
  },
  {
    name: "who is over a budget is read a second later than he must be",
    file: "byte_budget.ts",
    text: "return Math.max(0, Math.ceil(readyMs - nowMs));",
    replacement: "return readyMs > nowMs ? Math.ceil(readyMs - nowMs) + 1_000 : 0;",
  },
  {
    name: "a Peer with a Token that half-closes inside a KeepAlive is told bad_request",
    file: "service.ts",
    text: 'session.request?.connectionType !== "Peer" && session.listens',
    replacement: "session.listens",
  },
];
