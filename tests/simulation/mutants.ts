/**
 * Broken variants of the rendezvous: each is one change of its source that a hurried programmer
 * could make. The checker must notice every one of them.
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

/** Mutants of leases: their renewal, end, and endpoints. */
const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: "a datagram does not renew its lease",
    file: "lease_table.ts",
    text: "this.#renew(slot, nowMs);\n    return {",
    replacement: "return {",
  },
  {
    name: "the endpoint of the first datagram stays",
    file: "lease_records.ts",
    text: "this.#observedPorts[slot] = observedPort;",
    replacement: "this.#observedPorts[slot] ||= observedPort;",
  },
  {
    name: "KeepAlive renews nothing",
    file: "lease_table.ts",
    text: "if (slot !== NO_SLOT) this.#renew(slot, nowMs);",
    replacement: "",
  },
  {
    name: "a full table evicts the oldest lease of all, in use or not",
    file: "lease_table.ts",
    text: "slot: this.#idleOrder.first(IDLE)",
    replacement: "slot: this.#renewalOrder.first(LEASED)",
  },
  {
    name: "a lease that nobody uses is not kept longer for its renewal",
    file: "lease_table.ts",
    text: "this.#idleOrder.moveToEnd(IDLE, slot);",
    replacement: "",
  },
  {
    name: "a lease that comes while its session waits counts as idle",
    file: "lease_manager.ts",
    text: "this.#leases.retain(key);",
    replacement: "this.#leases.retain({ ...key, peerPortLow: ~key.peerPortLow });",
  },
  {
    name: "at a limit of a prefix the oldest lease of all gives way",
    file: "lease_table.ts",
    text: "slot: quota.oldestIdle(source)",
    replacement: "slot: this.#idleOrder.first(IDLE)",
  },
  {
    name: "leases per prefix are not limited",
    file: "lease_table.ts",
    text: "if (!quota.isReached(source)) continue;",
    replacement: "if (quota.isReached(source) !== undefined) continue;",
  },
  {
    name: "ended leases still count for their prefix",
    file: "lease_quota.ts",
    text: "if (--this.#counts[prefix] === 0) this.#prefixes.release(prefix);",
    replacement: "",
  },
  {
    name: "a lease ends one lease timeout late",
    file: "lease_table.ts",
    text: "while (this.nextExpiryMs <= nowMs)",
    replacement: "while (this.nextExpiryMs + this.timeoutMs <= nowMs)",
  },
  {
    name: "a datagram after ten seconds counts as a repetition",
    file: "lease_table.ts",
    text: "age <= FRESH_LEASE_MS",
    replacement: "age <= 10 * FRESH_LEASE_MS",
  },
  {
    name: "a datagram finds leases whose time is over",
    file: "lease_manager.ts",
    text: "this.expire(nowMs);\n    const { peerPort, token } = registration;",
    replacement: "const { peerPort, token } = registration;",
  },
  {
    name: "a session with a Token uses the lease without one",
    file: "session.ts",
    text: "localPeerPort, this.token);",
    replacement: "localPeerPort, undefined);",
  },
  {
    name: "the Token of a datagram is ignored",
    file: "lease_manager.ts",
    text: "leaseKey(packed, peerPort, token)",
    replacement: "leaseKey(packed, peerPort, undefined)",
  },
  {
    name: "PeerPorts are exact to 2^53 only",
    file: "session.ts",
    text: "return `${address}/${peerPort}`;",
    replacement: "return `${address}/${Number(peerPort)}`;",
  },
];

/** Mutants of waiting: the 100 ms, deadlines, ends. */
const TIME_MUTANTS: readonly Mutant[] = [
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
    text: "const firstMs = requestMs + ADDRESS_MISMATCH_WAIT_MS;",
    replacement: "const firstMs = requestMs + 2 * ADDRESS_MISMATCH_WAIT_MS;",
  },
  {
    name: "connections that say nothing stay",
    file: "lease_manager.ts",
    text: "this.#deadlines.set(session, nowMs + FIRST_REQUEST_TIMEOUT_MS);",
    replacement: "",
  },
  {
    name: "a deadline that is put off keeps its place in the heap",
    file: "deadline_heap.ts",
    text: "this.#siftUp(entry);\n    this.#siftDown(entry);\n  }\n\n  /** Takes",
    replacement: "this.#siftUp(entry);\n  }\n\n  /** Takes",
  },
];

/** Mutants of introductions and their content. */
const INTRODUCTION_MUTANTS: readonly Mutant[] = [
  {
    name: "only one of two peers is introduced",
    file: "lease_manager.ts",
    text: "this.#finish(partner, responses[1], nowMs);",
    replacement: "",
  },
  {
    name: "a peer is told its own endpoint as the other's",
    file: "lease_manager.ts",
    text: "this.#finish(session, responses[0], nowMs);",
    replacement: "this.#finish(session, responses[1], nowMs);",
  },
  {
    name: "a peer is told twice",
    file: "lease_manager.ts",
    text: "this.#finish(session, responses[0], nowMs);",
    replacement:
      "session.connection.send(responses[0]);\n    this.#finish(session, responses[0], nowMs);",
  },
  {
    name: "an answered session stays",
    file: "lease_manager.ts",
    text: "session.connection.end();\n    this.#release(session, nowMs);",
    replacement: "session.connection.end();",
  },
  {
    name: "a client is not introduced when its host has read again",
    file: "lease_manager.ts",
    text: "this.expire(nowMs);\n    this.#serveClients(session, nowMs);",
    replacement: "this.expire(nowMs);",
  },
  {
    name: "introductions of clients are not counted",
    file: "lease_manager.ts",
    text: "this.counters.introductions++;\n    this.#finish(client",
    replacement: "this.#finish(client",
  },
  {
    name: "a datagram wakes nobody",
    file: "lease_manager.ts",
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
    text: "const locals = remote.session",
    replacement: "const locals = receiver.session",
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
const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: "a replaced session stays",
    file: "lease_manager.ts",
    text: "if (rival !== undefined) this.#finish(rival, refusals.replaced(rival), nowMs);",
    replacement: "",
  },
  {
    name: "a Token guards nothing",
    file: "lease_manager.ts",
    text: "return this.#finish(session, refusals.tokenHeld(session), nowMs);",
    replacement: "",
  },
  {
    name: "a Token guards even from itself",
    file: "lease_manager.ts",
    text: "if (rival.token === undefined || rival.token === session.token) return false;",
    replacement: "if (rival.token === undefined) return false;",
  },
  {
    name: "a successor is not introduced to whom its predecessor waited for",
    file: "lease_manager.ts",
    text: "if (wasServed) this.#setDeadline",
    replacement: "if (rival !== undefined) this.#setDeadline",
  },
  {
    name: "a host that is gone stays",
    file: "lease_manager.ts",
    text: 'if (session.state === "open") this.#release(session, nowMs);',
    replacement: "",
  },
  {
    name: "a host without a datagram counts as live",
    file: "lease_manager.ts",
    text: "if (host === undefined || !this.#readiness.isLive(host)) {",
    replacement: "if (host === undefined) {",
  },
  {
    name: "clients of a host that leaves wait on",
    file: "lease_manager.ts",
    text:
      "for (const client of this.#roster.clientsOf(session.localName)) this.#advance(client, nowMs);",
    replacement: "",
  },
  {
    name: "who half-closes hears nothing",
    file: "lease_manager.ts",
    text:
      'if (session.state === "open") this.#finish(session, refusals.cancelled(session), nowMs);',
    replacement: "",
  },
  {
    name: "families are not compared",
    file: "lease_manager.ts",
    text: "return refusals.familyMismatch(session, request);",
    replacement: "",
  },
  {
    name: "a host may ask for something else",
    file: "lease_manager.ts",
    text: 'if (request.connectionType !== "KeepAlive" && !isSameRequest(first, request)) {',
    replacement: "if (false) {",
  },
  {
    name: "clients hear of their host before they hear that the server stops",
    file: "lease_manager.ts",
    text: "for (const session of sessions) this.#leave(session);",
    replacement: "",
  },
];

/** Mutants of limits. */
const LIMIT_MUTANTS: readonly Mutant[] = [
  {
    name: "one session too many",
    file: "session_counts.ts",
    text: "this.#total >= this.#maxSessions",
    replacement: "this.#total > this.#maxSessions",
  },
  {
    name: "sessions are not given back",
    file: "session_counts.ts",
    text: "this.#total += by;",
    replacement: "this.#total += Math.max(0, by);",
  },
  {
    name: "sessions of a prefix are not given back",
    file: "session_counts.ts",
    text: "this.#counts[level][this.#cell(source, level)] += by;",
    replacement: "this.#counts[level][this.#cell(source, level)] += Math.max(0, by);",
  },
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
];

/** Every mutant. */
export const MUTANTS: readonly Mutant[] = [
  ...LEASE_MUTANTS,
  ...TIME_MUTANTS,
  ...INTRODUCTION_MUTANTS,
  ...SESSION_MUTANTS,
  ...LIMIT_MUTANTS,
];
