/**
 * Broken variants of leases.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

/** Mutants of leases: their renewal, end, and endpoints; who gives way, and who never does. */
export const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: "a datagram does not renew its lease",
    file: "lease_table.ts",
    text: "this.#renew(slot, nowMs);\n    if (key.token",
    replacement: "if (key.token",
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
    file: "lease_holds.ts",
    text: "this.#leases.retain(leaseKey);",
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
    file: "lease_holds.ts",
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
    text: "this.expire(nowMs);\n    const { address } = source;",
    replacement: "const { address } = source;",
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
