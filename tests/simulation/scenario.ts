/**
 * What a seed means: how large, how bad, how long, with which limits.
 *
 * @module
 */

import { MAX_RESPONSE_BYTES } from "../../src/limits.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";
import type { RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import type { PathFaults } from "../simulated/network.ts";
import { Prng } from "../simulated/prng.ts";
import type { OutputLimits } from "../simulated/transport.ts";
import type { TcpFaults } from "../simulated/tcp.ts";

/** A time in which the server does not run. */
export interface ProcessStop {
  /** How long it ran before. */
  readonly afterMs: number;
  readonly forMs: number;
}

/** The parameters of one run. */
export interface Scenario {
  readonly startMs: number;
  readonly settings: RendezvousSettings;
  /** With tight limits not everybody can be served, and nobody is promised an introduction. */
  readonly limits: "ample" | "tight";
  readonly timerLatenessMs: number;
  readonly output: OutputLimits;
  readonly path: PathFaults;
  readonly tcp: TcpFaults;
  readonly peerCount: number;
  readonly networkCount: number;
  readonly troublemakerCount: number;
  /** Programs that grab each other's names, see `name_grabber.ts`. */
  readonly nameGrabberCount: number;
  /** Pause between two troubles of one troublemaker, and between two accidents in the world. */
  readonly troublePauseMs: number;
  readonly accidentPauseMs: number;
  /** How long everything goes wrong. */
  readonly stormMs: number;
  /** How often, and for how long, the server's process does not run during the storm. */
  readonly stops: readonly ProcessStop[];
  /** Troublemakers that send more than is read of one address at once. */
  readonly floodCount: number;
  readonly ending: "all leave" | "server stops";
  /** Whether the server comes to its descriptor limit in between. */
  readonly descriptors: "enough" | "run out";
}

/** Rates that divide 1,000 ms, so that a bucket is full at an exact moment. */
const EXACT_RATES = [0, 1, 2, 5, 10, 20];
/** More addresses could not be told apart by a hash to 32,768 places. */
const MAX_TIGHT_PEERS = 100;
/** More would send very much meanwhile. */
const MAX_STOPPED_PEERS = 40;
const MAX_STOP_MS = 60_000;
/** Before 32-bit milliseconds run out, and long after. */
const START_MS = [0, 2 ** 31 - 20_000, 2 ** 32 - 20_000, 2 ** 42];

/** What a seed means. */
export function scenarioOf(seed: number): Scenario {
  return drawScenario(new Prng(seed).fork());
}

/** Draws a scenario. */
function drawScenario(prng: Prng): Scenario {
  const size = prng.fraction();
  const peerCount = size < 0.02
    ? prng.integer(200, 600)
    : size < 0.3
    ? prng.integer(30, 100)
    : prng.integer(4, 30);
  const leaseTimeoutMs = prng.pick([1_000, 2_000, 5_000, 10_000, 30_000, 90_000]);
  const limits = peerCount <= MAX_TIGHT_PEERS && prng.chance(0.4) ? "tight" : "ample";
  const isMild = prng.chance(0.2);
  const stormMs = peerCount > 100 ? 8_000 : prng.pick([8_000, 15_000, 30_000]);
  return {
    startMs: prng.pick(START_MS),
    settings: limits === "tight"
      ? tightSettings(leaseTimeoutMs, peerCount, prng)
      : { ...SETTINGS_WITHOUT_LIMITS, leaseTimeoutMs },
    limits,
    timerLatenessMs: prng.chance(0.3) ? prng.pick([1, 10, 200]) : 0,
    output: {
      systemBytes: prng.pick([2_000, 20_000]),
      queuedBytes: prng.pick([MAX_RESPONSE_BYTES, 65_536]),
    },
    path: isMild ? { minDelayMs: 5, maxDelayMs: 60, loss: 0, duplication: 0 } : {
      minDelayMs: prng.between(0, 50),
      maxDelayMs: prng.pick([60, 300, 1_500]),
      loss: prng.pick([0, 0.05, 0.3]),
      duplication: prng.pick([0, 0.1]),
    },
    tcp: {
      minDelayMs: prng.between(0, 20),
      maxDelayMs: prng.pick([30, 200]),
      retransmission: isMild ? 0 : prng.pick([0, 0.05, 0.2]),
      splitting: prng.pick([0, 0.3, 0.9]),
    },
    peerCount,
    networkCount: limits === "tight" ? prng.integer(1, 8) : prng.integer(2, 40),
    troublemakerCount: prng.integer(0, Math.ceil(peerCount / 8)),
    troublePauseMs: prng.pick([200, 1_000, 4_000]),
    accidentPauseMs: isMild ? Infinity : prng.pick([500, 2_000, 8_000]) * 30 / peerCount,
    stormMs,
    stops: peerCount <= MAX_STOPPED_PEERS && prng.chance(0.25) ? drawStops(stormMs, prng) : [],
    floodCount: peerCount <= MAX_STOPPED_PEERS && prng.chance(0.1) ? 1 : 0,
    ending: prng.chance(0.1) ? "server stops" : "all leave",
    descriptors: limits === "tight" && prng.chance(0.3) ? "run out" : "enough",
    nameGrabberCount: peerCount <= MAX_STOPPED_PEERS ? prng.pick([0, 2, 4]) : 0,
  };
}

/** One time without the server, or several, also while it makes up for the last one. */
function drawStops(stormMs: number, prng: Prng): ProcessStop[] {
  return Array.from({ length: prng.pick([1, 1, 2, 3]) }, (_, i) => ({
    afterMs: i > 0 && prng.chance(0.4) ? prng.integer(0, 1_500) : prng.integer(0, stormMs / 2),
    forMs: prng.chance(0.3) ? prng.integer(0, 3_000) : prng.integer(2_000, MAX_STOP_MS),
  }));
}

/** Limits that some of these peers will reach. */
function tightSettings(leaseTimeoutMs: number, peers: number, prng: Prng): RendezvousSettings {
  const about = (share: number) => Math.max(1, Math.round(peers * share * prng.between(0.3, 2)));
  const count = (share: number) => prng.chance(0.4) ? 0 : about(share);
  return {
    leaseTimeoutMs,
    maxSessions: prng.chance(0.4) ? 5_000 : about(prng.pick([0.4, 1])),
    maxLeases: prng.chance(0.5) ? 8_000 : about(prng.pick([0.4, 1])),
    datagramsPerSecond: { address: prng.pick(EXACT_RATES), network: prng.pick(EXACT_RATES) },
    connectionsPerSecond: { address: prng.pick(EXACT_RATES), network: prng.pick(EXACT_RATES) },
    sessionsPerPrefix: { address: count(0.2), network: count(0.4) },
    leasesPerPrefix: { address: count(0.2), network: count(0.4) },
  };
}
