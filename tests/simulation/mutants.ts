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

/** Mutants of leases: their renewal, end, and endpoints; who gives way, and who never does. */
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
    text: "this.#leases.retain(session.leaseKey);",
    replacement: "",
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
    name: "when a lease's time is over another one ends first",
    file: "lease_table.ts",
    text: "this.#remove(this.#renewalOrder.first(LEASED));",
    replacement: "this.#remove(this.#idleOrder.first(IDLE) || this.#renewalOrder.first(LEASED));",
  },
  {
    name: "a lease that a session has ceased to use stays in use",
    file: "lease_manager.ts",
    text: "return this.#leases.release(session.leaseKey);",
    replacement: "return;",
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
    text: "this.expire(nowMs);\n    const { address, port } = source;",
    replacement: "const { address, port } = source;",
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
    file: "takeover.ts",
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
    file: "takeover.ts",
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

/** Mutants of a full server: who has a place, and whose turn it is to give it up. */
const PLACE_MUTANTS: readonly Mutant[] = [
  {
    name: "one session too many",
    file: "session_shares.ts",
    text: "if (this.size < this.#maxSessions) return FREE;",
    replacement: "if (this.size <= this.#maxSessions) return FREE;",
  },
  {
    name: "a finished session holds its place while it lingers",
    file: "lease_manager.ts",
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
    text: "this.#finish(place.by, refusals.gaveWay(maxSessions), nowMs);",
    replacement: "this.#release(place.by, nowMs);",
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
    file: "lease_manager.ts",
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
const RATE_MUTANTS: readonly Mutant[] = [
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
    text: "this.#seen.refused(address, limit);",
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
const BYTE_MUTANTS: readonly Mutant[] = [
  {
    name: "junk does not count against the rate",
    file: "service.ts",
    text: "const admitted = this.#manager.admit(source, nowMs);",
    replacement: "const junk = decodeRegistration(datagram);\n" +
      "    if (!junk.ok) return this.#manager.drop(junk.reason, source);\n" +
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

/** Mutants of hosts with a full queue, and of answered KeepAlives. */
const QUEUE_MUTANTS: readonly Mutant[] = [
  {
    name: "a host with a full queue is told of clients all the same",
    file: "lease_manager.ts",
    text: "if (!host.connection.hasRoom) return;\n    const responses",
    replacement: "const responses",
  },
  {
    name: "clients that waited for room are introduced the newest first",
    file: "lease_manager.ts",
    text: "for (const client of this.#roster.clientsOf(host.localName)) {",
    replacement: "for (const client of [...this.#roster.clientsOf(host.localName)].reverse()) {",
  },
  {
    name: "a KeepAlive is never answered",
    file: "lease_manager.ts",
    text: "session.connection.send({ leaseTimeoutS: this.#leases.timeoutMs / 1000 });",
    replacement: "",
  },
  {
    name: "a KeepAlive with another Token is answered",
    file: "lease_manager.ts",
    text: "answer !== true || token !== session.token ||",
    replacement: "answer !== true ||",
  },
  {
    name: "answers of KeepAlives queue up",
    file: "lease_manager.ts",
    text: 'session.answer = "queued";',
    replacement: "",
  },
];

/** Mutants of time that was lost. */
const LATENESS_MUTANTS: readonly Mutant[] = [
  {
    name: "what is late expires at once",
    file: "lateness.ts",
    text: "if (nowMs < this.endMs) return true;",
    replacement: "",
  },
  {
    name: "time is lost a minute later only",
    file: "lateness.ts",
    text: "> LATE_MS",
    replacement: "> 60 * LATE_MS",
  },
  {
    name: "the round of receiving ends however much arrives",
    file: "lateness.ts",
    text: "this.#receivedMs = nowMs;\n  }\n\n  /**",
    replacement: "void nowMs;\n  }\n\n  /**",
  },
  {
    name: "the round of receiving is over at once for what only connects and reads",
    file: "service.ts",
    text:
      "this.#manager.received(nowMs);\n    const session = this.#session;\n    if (session === undefined || !session.listens)",
    replacement:
      "const session = this.#session;\n    if (session === undefined || !session.listens)",
  },
  {
    name: "a datagram expires what is late before it is taken",
    file: "lease_manager.ts",
    text: "if (nowMs < dueMs || this.#lateness.holds(dueMs, nowMs)) return;",
    replacement: "if (nowMs < dueMs) return;",
  },
];

/** Every mutant. */
export const MUTANTS: readonly Mutant[] = [
  ...LEASE_MUTANTS,
  ...TIME_MUTANTS,
  ...INTRODUCTION_MUTANTS,
  ...SESSION_MUTANTS,
  ...PLACE_MUTANTS,
  ...RATE_MUTANTS,
  ...BYTE_MUTANTS,
  ...QUEUE_MUTANTS,
  ...LATENESS_MUTANTS,
];
