/**
 * Broken variants of what has to wait: for a queue, or for time that was lost.
 *
 * @module
 */

import type { Mutant } from "./mutant.ts";

/** Mutants of hosts with a full queue, and of answered KeepAlives. */
export const QUEUE_MUTANTS: readonly Mutant[] = [
  {
    name: "a host with a full queue is told of clients all the same",
    file: "open_sessions.ts",
    text: "if (!this.#hasRoom(host)) return;\n    const responses",
    replacement: "const responses",
  },
  {
    name: "clients that waited for room are introduced the newest first",
    file: "open_sessions.ts",
    text: "for (const client of this.#roster.clientsOf(host)) {",
    replacement: "for (const client of [...this.#roster.clientsOf(host)].reverse()) {",
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
export const LATENESS_MUTANTS: readonly Mutant[] = [
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
