/**
 * Who was refused, for programs that ban addresses: one line a minute for each class of refusals and
 * each source, an IPv4 /32 or an IPv6 /64.
 *
 * @module
 */

import { type Address, familyOf, packAddress, unpackAddress } from "../address.ts";
import type { Clock } from "../clock.ts";
import { ABUSE_LOG_INTERVAL_MS, MAX_ABUSE_LOG_LINES } from "../limits.ts";
import type { AbuseWatch, TransportName } from "../rendezvous/journal.ts";
import type { Log } from "./log.ts";

/** What is counted of one transport; a flood of forged datagrams takes no line from connections. */
interface Tally {
  /** By class and prefix, as a line has them. */
  readonly counts: Map<string, number>;
  /** Refusals of sources for which no line was left. */
  others: number;
}

/** Counts refusals by class and source, in a bounded space. */
export class AbuseLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #tallies: Readonly<Record<TransportName, Tally>> = {
    tcp: { counts: new Map(), others: 0 },
    udp: { counts: new Map(), others: 0 },
  };
  #cancelReport: (() => void) | undefined;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Counts a refusal; the first one begins a minute. */
  readonly refused: AbuseWatch = (transport, refusalClass, address) => {
    const tally = this.#tallies[transport];
    const { counts } = tally;
    const key = `class=${refusalClass} prefix=${subscriberPrefix(address)}`;
    const count = counts.get(key);
    if (count !== undefined || counts.size < MAX_ABUSE_LOG_LINES) counts.set(key, (count ?? 0) + 1);
    else tally.others++;
    this.#cancelReport ??= this.#clock.schedule(ABUSE_LOG_INTERVAL_MS, () => this.stop());
  };

  /** Logs what is counted, and begins anew with the next refusal. */
  stop(): void {
    this.#cancelReport?.();
    this.#cancelReport = undefined;
    for (const transport of ["tcp", "udp"] as const) this.#report(transport);
  }

  #report(transport: TransportName): void {
    const tally = this.#tallies[transport];
    for (const [key, count] of tally.counts) {
      this.#log.info(`abuse transport=${transport} ${key} count=${count}`);
    }
    if (tally.others > 0) {
      this.#log.info(`abuse transport=${transport} class=any prefix=others count=${tally.others}`);
    }
    tally.counts.clear();
    tally.others = 0;
  }
}

/** What one subscriber is given: IPv4 /32, IPv6 /64. */
function subscriberPrefix(address: Address): string {
  if (familyOf(address) === "IPv4") return `${address}/32`;
  const { word0, word1 } = packAddress(address);
  return `${unpackAddress({ word0, word1, word2: 0, word3: 0 })}/64`;
}
