/**
 * The server as whoever watches it may see it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../address.ts";
import type { Clock } from "../clock.ts";
import type { ObservedSession, StatusSource } from "../http/status_source.ts";
import type { OpenConnections } from "../net/open_connections.ts";
import type { LimitName } from "../rendezvous/counters.ts";
import type { LeaseManager, RendezvousSettings } from "../rendezvous/lease_manager.ts";
import { PROGRAM, VERSION } from "../version.ts";
import { soleSourceQuestion } from "./source_warning.ts";

/** What an {@linkcode ObservedServer} looks at. */
export interface ObservedServerOptions {
  readonly manager: LeaseManager;
  readonly open: OpenConnections;
  readonly settings: RendezvousSettings;
  readonly endpoints: readonly Endpoint[];
  readonly clock: Clock;
}

/** Reads, and changes nothing. */
export class ObservedServer implements StatusSource {
  readonly program = PROGRAM;
  readonly version = VERSION;
  readonly endpoints: readonly string[];
  readonly maxSessionsByFlag: number;
  phase: StatusSource["phase"] = "serving";
  readonly #manager: LeaseManager;
  readonly #open: OpenConnections;
  readonly #settings: RendezvousSettings;
  readonly #clock: Clock;

  constructor({ manager, open, settings, endpoints, clock }: ObservedServerOptions) {
    this.#manager = manager;
    this.#open = open;
    this.#settings = settings;
    this.#clock = clock;
    this.endpoints = endpoints.map(formatEndpoint);
    this.maxSessionsByFlag = settings.maxSessions;
  }

  get counters() {
    return this.#manager.counters;
  }

  get leases() {
    return this.#manager.leaseCount;
  }

  get leasesInUse() {
    return this.#manager.leasesInUse;
  }

  get sessions() {
    return this.#manager.sessionStages;
  }

  get connections() {
    return this.#open.size;
  }

  get limits(): Record<LimitName, number> {
    const settings = this.#settings;
    return {
      max_sessions: this.#manager.maxSessions,
      max_leases: settings.maxLeases,
      datagrams_per_address: settings.datagramsPerSecond.address,
      datagrams_per_network: settings.datagramsPerSecond.network,
      connections_per_address: settings.connectionsPerSecond.address,
      connections_per_network: settings.connectionsPerSecond.network,
      sessions_per_address: settings.sessionsPerPrefix.address,
      sessions_per_network: settings.sessionsPerPrefix.network,
      leases_per_address: settings.leasesPerPrefix.address,
      leases_per_network: settings.leasesPerPrefix.network,
    };
  }

  get soleSourceQuestion() {
    const address = this.#manager.soleSource;
    return address && soleSourceQuestion(address);
  }

  observedSessions(most: number): ObservedSession[] {
    const nowMs = this.#clock.nowMs();
    const observed: ObservedSession[] = [];
    for (const session of this.#manager.sessions) {
      if (observed.length === most) break;
      const ageS = (nowMs - session.connectedMs) / 1000;
      observed.push({ address: session.address, stage: this.#manager.stageOf(session), ageS });
    }
    return observed;
  }
}
