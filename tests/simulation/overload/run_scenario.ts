/**
 * Plays one overload for a minute of virtual time and says how people fared.
 *
 * @module
 */

import { SessionShares } from "../../../src/rendezvous/session_shares.ts";
import { Prng } from "../../simulated/prng.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";
import { Guest, type SharesClass, type Stage } from "./guest.ts";
import { attack, Host, type HostFigures, MEASURED_MS, meet } from "./people.ts";
import { type HostGroup, ipv4, type Scenario } from "./scenarios.ts";

/** How people fared. */
export interface Figures {
  /** Share of the time that hosts were up, by group. */
  readonly up: Readonly<Record<string, number>>;
  /** Share of the pairs that met; `NaN` where there were none. */
  readonly pairsMet: number;
  /** Live hosts that gave way after the first 10 s. */
  readonly thrownOut: number;
  /** Of these, those that had been up for 10 s. */
  readonly settledThrownOut: number;
  /** Peers that waited from the beginning and gave way. */
  readonly patientThrownOut: number;
}

/** Hosts come one after the other. */
const ARRIVAL_MS = 5_000;
const PATIENT_SINCE_MS = -100_000;
/** Networks of those who belong to no group: of pairs, and of those who wait. */
const PAIRS_PART = 50;
const PATIENT_PART = 55;

/** @param Shares the shipped class, or a broken variant of it */
export function runScenario(
  scenario: Scenario,
  seed: number,
  Shares: SharesClass = SessionShares,
): Figures {
  const prng = new Prng(seed);
  const clock = new VirtualClock(0);
  const sessionsPerPrefix = { address: 0, network: 0 };
  const random32 = () => prng.next32();
  const shares = new Shares({ maxSessions: scenario.places, sessionsPerPrefix, random32 });
  const stage: Stage = { clock, prng, shares };
  let patientThrownOut = 0;
  for (let i = 0; i < (scenario.patientPeers ?? 0); i++) {
    const thrownOut = () => patientThrownOut++;
    Guest.waiting(stage, ipv4(PATIENT_PART, i, 1), PATIENT_SINCE_MS, { thrownOut });
  }
  if (scenario.attack !== undefined) attack(stage, scenario.attack);
  const groups = scenario.hosts.map((group) => startHosts(stage, group));
  const pairs = startPairs(stage, scenario.pairsPerSecond);
  clock.runUntil(MEASURED_MS.to);
  const up = Object.fromEntries(groups.map(({ name, finish }) => [name, finish()]));
  const total = (of: (figures: HostFigures) => number) =>
    groups.reduce((sum, { figures }) => sum + of(figures), 0);
  return {
    up,
    pairsMet: pairs.met / pairs.begun,
    thrownOut: total((figures) => figures.thrownOut),
    settledThrownOut: total((figures) => figures.settledThrownOut),
    patientThrownOut,
  };
}

function startHosts(stage: Stage, { name, addresses, lifeMs }: HostGroup) {
  const figures: HostFigures = { upMs: 0, thrownOut: 0, settledThrownOut: 0 };
  const hosts = addresses.map((address) => {
    const host = new Host(stage, address, figures);
    host.comeAfter(stage.prng.between(0, ARRIVAL_MS), lifeMs);
    return host;
  });
  const finish = () => {
    for (const host of hosts) host.finish();
    return figures.upMs / hosts.length / (MEASURED_MS.to - MEASURED_MS.from);
  };
  return { name, figures, finish };
}

/** Pairs count whose time to meet is over before the run is. */
function startPairs({ clock, prng, shares }: Stage, perSecond: number) {
  const stage = { clock, prng, shares };
  const pairs = { begun: 0, met: 0 };
  if (perSecond === 0) return pairs;
  let next = 0;
  const begin = () => {
    const [a, b] = [next++, next++];
    const counts = clock.nowMs() >= MEASURED_MS.from && clock.nowMs() < MEASURED_MS.to - 30_000;
    if (counts) pairs.begun++;
    meet(stage, ipv4(PAIRS_PART, a, 1), ipv4(PAIRS_PART, b, 1), () => {
      if (counts) pairs.met++;
    });
    clock.schedule(1000 / perSecond, begin);
  };
  begin();
  return pairs;
}
