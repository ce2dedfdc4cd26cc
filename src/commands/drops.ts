/**
 * Datagrams and TCP connections that are not carried: the first of each kind is said, and all of
 * them in the end.
 *
 * @module
 */

import type { Passage } from "../peer/mod.ts";
import type { Say } from "./status.ts";

/** Why something was not carried, in a few words for the sum. */
const REASONS = {
  too_long: "too long",
  refused: "that this system did not send",
  no_path: "while there was no path",
  from_elsewhere: "from elsewhere than the service",
  no_connection: "without a connection",
  no_client: "for a client that had long been idle",
  no_target: "while the service had no address",
  no_socket: "for want of a socket",
  not_framed: "from a side that carries no flows",
  unread: "faster than they were taken",
  too_many: "beyond the limit",
  made_room: "that made room for others",
  service_refused: "that the service refused",
  not_wanted: "beside a stream",
  mismatch: "that the other side does not carry",
} as const;

/** One of the reasons. */
export type LossReason = keyof typeof REASONS;

/** What is said of a datagram that is too long to be carried. */
export function describeTooLong(length: number, longest: number): string {
  return `expected at most ${longest} bytes, received ${length}`;
}

/** What is said of a datagram that the system does not send. */
const REFUSALS = {
  too_long: (length: number) =>
    `this system sends no datagram of ${length} bytes there; let the application send shorter ones`,
  refused: () => "this system did not send it: no route, or a firewall",
  no_path: () => "there is no path to the other side until the peers have met again",
} as const satisfies Record<Exclude<Passage, "taken">, (length: number) => string>;

/** What is dropped of one connection, or of one listener. */
export class Drops {
  readonly #whose: string;
  readonly #say: Say;
  readonly #what: string;
  readonly #counts = new Map<LossReason, number>();
  readonly #told = new Set<LossReason>();

  /**
   * @param whose whom it is of, in words
   * @param what one of it is, in words
   */
  constructor(whose: string, say: Say, what = "datagram") {
    this.#whose = whose;
    this.#say = say;
    this.#what = what;
  }

  /** Counts one, and says the first of its kind. @param text what happened and what to do */
  count(reason: LossReason, text: () => string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#say({
      level: "warning",
      kind: "dropped",
      text: `dropped a ${this.#what} of ${this.#whose}: ${text()} (said once)`,
      members: { reason },
    });
  }

  /** Counts one that was not sent. @param length of the datagram in bytes */
  countUnsent(passage: Exclude<Passage, "taken">, length: number): void {
    this.count(passage, () => REFUSALS[passage](length));
  }

  /** Counts several that are known by their number alone. */
  add(reason: LossReason, count: number): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** Says how many there were, if any, and counts anew. */
  sayTotal(): void {
    const counts = [...this.#counts];
    if (counts.length === 0) return;
    this.#counts.clear();
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const parts = counts.map(([reason, count]) => `${count} ${REASONS[reason]}`);
    this.#say({
      level: "warning",
      kind: "dropped_total",
      text: `dropped ${total} ${this.#what}${total === 1 ? "" : "s"} of ${this.#whose}: ` +
        parts.join(", "),
      members: Object.fromEntries(counts),
    });
  }
}
