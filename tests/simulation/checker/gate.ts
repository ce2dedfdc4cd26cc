/**
 * Who is let in: datagrams and connections, by their source, the rates, the limits, and who gives
 * way.
 *
 * @module
 */

import type { Address, Endpoint } from "../../../src/address.ts";
import type { Registration, RegistrationFault } from "../../../src/protocol/message.ts";
import type { DatagramFate } from "../../../src/rendezvous/counters.ts";
import type { RendezvousSettings } from "../../../src/rendezvous/lease_manager.ts";
import { exceededLevel, prefixOf, RateAllowance } from "./allowances.ts";
import { whoGivesWay } from "./giving_way.ts";
import { leaseKey, type Memory, type SessionRequest } from "./memory.ts";
import type { Step } from "./step.ts";
import { type Tallies, tally } from "./tallies.ts";

/** What a datagram means, as its sender says. */
export type DatagramMeaning = Registration | { readonly fault: RegistrationFault };

/** Judges what arrives before anybody else does. */
export class Gate {
  readonly #settings: RendezvousSettings;
  readonly #memory: Memory;
  readonly #tallies: Tallies;
  readonly #datagramRate: RateAllowance;
  readonly #connectionRate: RateAllowance;
  #maxSessions: number;
  #state: "serving" | "stopping" = "serving";

  constructor(settings: RendezvousSettings, memory: Memory, tallies: Tallies) {
    this.#settings = settings;
    this.#memory = memory;
    this.#tallies = tallies;
    this.#datagramRate = new RateAllowance(settings.datagramsPerSecond);
    this.#connectionRate = new RateAllowance(settings.connectionsPerSecond);
    this.#maxSessions = settings.maxSessions;
  }

  /**
   * What becomes of a datagram. The source is judged first, and what is no registration counts like
   * one.
   *
   * @param passTime lets happen what was due before
   */
  datagram(
    meaning: DatagramMeaning,
    source: Endpoint,
    nowMs: number,
    passTime: () => void,
  ): DatagramFate {
    const { address } = source;
    if (isBadSource(source)) return this.#drop(address, "bad_source", nowMs);
    const level = this.#datagramRate.take(address, nowMs);
    if (level !== undefined) {
      tally(this.#tallies.limits, `datagrams_per_${level}`);
      return this.#refuse(address, `datagrams_per_${level}`);
    }
    if ("fault" in meaning) return this.#drop(address, meaning.fault, nowMs);
    passTime();
    const known = this.#memory.leases.has(leaseKey(address, meaning.peerPort, meaning.token));
    const limit = known ? undefined : this.#makeRoom(address);
    if (limit !== undefined) return this.#refuse(address, limit);
    for (const session of this.#memory.waitingForLease(address)) {
      session.seen.take(meaning, (session.request as SessionRequest).localPeerPort);
    }
    this.#memory.register(source, meaning.peerPort, meaning.token, nowMs);
    return known ? "renewed" : "created";
  }

  /** Notes in the step whether a connection is refused, and who must give his place up for it. */
  connection(address: Address, step: Step): void {
    if (this.#state === "stopping") {
      step.expected = "shutting_down";
      return;
    }
    step.limit = this.#limitOfConnections(address, step.nowMs);
    if (step.limit === undefined) return;
    tally(this.#tallies.limits, step.limit);
    if (step.limit === "max_sessions") {
      step.gaveWay = whoGivesWay(this.#memory.openSessions, address, step.nowMs);
    }
    if (step.gaveWay === undefined) step.expected = "busy";
    else this.#tallies.gaveWay++;
  }

  /** The server gives back so many sessions, and admits no more than are left. */
  shed(count: number): void {
    const left = Math.max(1, this.#memory.openSessions.length - count);
    this.#maxSessions = Math.min(this.#maxSessions, left);
  }

  /** It admits more sessions again, at most as many as at first. */
  admitMore(count: number): void {
    this.#maxSessions = Math.min(this.#maxSessions + count, this.#settings.maxSessions);
  }

  /** It stops. */
  stop(): void {
    this.#state = "stopping";
  }

  #drop<Reason extends DatagramFate>(address: Address, reason: Reason, nowMs: number): Reason {
    this.#memory.drop(address, reason, nowMs);
    return reason;
  }

  #refuse(address: Address, limit: string): "over_limit" {
    for (const session of this.#memory.waitingForLease(address)) session.seen.refuse(limit);
    return "over_limit";
  }

  /** Makes room for one more lease, or says the limit for which there is none. */
  #makeRoom(address: Address): string | undefined {
    const { leasesPerPrefix, maxLeases } = this.#settings;
    const leases = [...this.#memory.leases.values()];
    const level = exceededLevel(leasesPerPrefix, leases.map(({ address }) => address), address);
    if (level === undefined && leases.length < maxLeases) return undefined;
    const limit = level === undefined ? "max_leases" : `leases_per_${level}`;
    tally(this.#tallies.limits, limit);
    const sharing = level === undefined ? leases : leases.filter((lease) => {
      return prefixOf(lease.address, level) === prefixOf(address, level);
    });
    const victim = this.#memory.oldestIdle(sharing);
    if (victim === undefined) return limit;
    this.#memory.forget(victim);
    return undefined;
  }

  #limitOfConnections(address: Address, nowMs: number): string | undefined {
    const rate = this.#connectionRate.take(address, nowMs);
    if (rate !== undefined) return `connections_per_${rate}`;
    const holders = this.#memory.openSessions.map(({ address }) => address);
    const level = exceededLevel(this.#settings.sessionsPerPrefix, holders, address);
    if (level !== undefined) return `sessions_per_${level}`;
    return holders.length >= this.#maxSessions ? "max_sessions" : undefined;
  }
}

/** "port 0, unspecified, multicast or broadcast source" */
function isBadSource({ address, port }: Endpoint): boolean {
  const firstByte = Number(address.split(".")[0]);
  return port === 0 || address === "0.0.0.0" || address === "255.255.255.255" ||
    address === "::" || firstByte >= 224 && firstByte < 240 || address.startsWith("ff");
}
