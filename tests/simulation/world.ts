/**
 * A whole internet of peers with one server, made from a seed: first everything goes wrong, then
 * nothing does, then everybody leaves.
 *
 * @module
 */

import { type Address, familyOf } from "../../src/address.ts";
import { Accidents } from "./accidents.ts";
import { tally } from "./checker/tallies.ts";
import { demand } from "./checker/violation.ts";
import { isolatingSecret } from "./isolated_prefixes.ts";
import type { Accept } from "./machine.ts";
import { NameGrabber } from "./name_grabber.ts";
import { CALM, Internet } from "../simulated/network.ts";
import type { PeerProcess } from "./peer_process.ts";
import { Places } from "./places.ts";
import { Population, type Wish } from "./population.ts";
import { Prng } from "../simulated/prng.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { type Rendezvous, SimulatedServer } from "./simulated_server.ts";
import { CALM_TCP, type TcpFaults } from "../simulated/tcp.ts";
import type { Trace } from "./trace.ts";
import { Troublemaker } from "./troublemaker.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

const SERVER = {
  IPv4: { address: "192.0.2.1", port: 6969 },
  IPv6: { address: "2001:db8:ffff:1::1", port: 6969 },
};
/** Everybody has begun by then. */
const ARRIVAL_MS = 3_000;
/** A Token of a machine without power guards its place until its lease ends; then a retry. */
const PATIENCE_MS = 20_000;
/** How often it is looked whether every wish has come true. */
const CALM_MS = 1_000;
/** A connection that never asked is given up after 10 s; a flood is read to its end. */
const FAREWELL_MS = 30_000;
/** More than ten times what the longest runs have. */
const MAX_STEPS = 10_000_000;

/** One world. */
export class World {
  readonly scenario: Scenario;
  readonly server: SimulatedServer;
  readonly #clock: VirtualClock;
  readonly #prng: Prng;
  readonly #internet: Internet;
  readonly #population: Population;
  readonly #troublemakers: readonly Troublemaker[];
  readonly #nameGrabbers: readonly NameGrabber[];
  readonly #accidents: Accidents;
  #tcpFaults: TcpFaults;
  #steps = 0;

  constructor(seed: number, rendezvous: Rendezvous, trace: Trace) {
    // Not the numbers that the scenario is drawn from.
    const prng = new Prng(-1 - seed);
    const scenario = scenarioOf(seed);
    const clock = new VirtualClock(scenario.startMs);
    this.scenario = scenario;
    this.#prng = prng.fork();
    this.#clock = clock;
    this.#tcpFaults = scenario.tcp;
    this.#internet = new Internet(clock, prng.fork(), scenario.path);
    const tcp = { clock, prng: prng.fork(), faults: () => this.#tcpFaults };
    const listeners = new Map<Address, Accept>();
    const machines = { prng: prng.fork(), tcp, listeners };
    const places = new Places(
      this.#internet,
      clock,
      prng.fork(),
      machines,
      scenario.networkCount,
    );
    const surroundings = { clock, prng: prng.fork(), server: SERVER };
    this.#population = new Population(
      () => places.newMachine(),
      surroundings,
      scenario.settings.leaseTimeoutMs,
    );
    this.#population.fill(scenario.peerCount);
    const { processes } = this.#population;
    const trouble = { ...surroundings, internet: this.#internet, victims: processes };
    this.#troublemakers = Array.from(
      { length: scenario.troublemakerCount },
      () =>
        new Troublemaker(
          places.newMachine(),
          { ...trouble, prng: prng.fork() },
          scenario.troublePauseMs,
        ),
    );
    const grabbing = Array.from({ length: scenario.nameGrabberCount }, () => places.newMachine());
    this.#nameGrabbers = grabbing.map((machine) =>
      new NameGrabber(
        machine,
        { ...surroundings, prng: prng.fork(), machines: grabbing },
        scenario.troublePauseMs / 4,
      )
    );
    const random = prng.fork();
    const random32 = scenario.limits === "tight"
      ? () => isolatingSecret(places.publicAddresses, random)
      : () => random.next32();
    this.server = new SimulatedServer({
      ...scenario,
      rendezvous,
      random32,
      clock,
      prng: prng.fork(),
      trace,
    });
    for (const { address } of Object.values(SERVER)) {
      this.#internet.attach(address, (packet) => this.server.receive(packet));
      listeners.set(address, (end, source) => this.server.accept(end, source));
    }
    this.#accidents = new Accidents({
      clock,
      prng: prng.fork(),
      internet: this.#internet,
      places,
      processes,
      server: this.server,
      descriptors: scenario.descriptors,
    }, scenario.accidentPauseMs);
  }

  /** Milliseconds of virtual time that have passed. */
  get elapsedMs(): number {
    return this.#clock.nowMs() - this.scenario.startMs;
  }

  /** Things that have happened in it. */
  get steps(): number {
    return this.#steps;
  }

  /** Lets the whole story happen. @throws {Violation} when the server breaks a rule */
  run(): void {
    this.#storm();
    if (this.scenario.ending === "server stops") return this.#stop();
    this.#calmDown();
    this.#leave();
  }

  #storm(): void {
    for (const process of this.#population.processes) {
      this.#clock.schedule(this.#prng.between(0, ARRIVAL_MS), () => process.start());
    }
    for (const maker of [...this.#troublemakers, ...this.#nameGrabbers]) maker.start();
    this.#accidents.start();
    const { stormMs, stops, floodCount } = this.scenario;
    for (const troublemaker of this.#troublemakers.slice(0, floodCount)) {
      this.#clock.schedule(this.#prng.between(0, stormMs), () => troublemaker.floodAddress());
    }
    for (const { afterMs, forMs } of stops) {
      this.#passTime(afterMs);
      this.server.suspend();
      this.#passTime(forMs);
      this.server.resume();
    }
    this.#passTime(stormMs);
  }

  /** Nothing goes wrong any more: whoever can be introduced must be. */
  #calmDown(): void {
    const { leaseTimeoutMs } = this.scenario.settings;
    this.#internet.faults = CALM;
    this.#tcpFaults = CALM_TCP;
    this.#accidents.stop();
    for (const maker of [...this.#troublemakers, ...this.#nameGrabbers]) maker.stop();
    for (const process of this.#population.processes) process.behaveWell(leaseTimeoutMs / 4);
    if (this.scenario.limits === "tight") return this.#passTime(CALM_MS);
    const names = this.#namesInUse();
    let open = this.#population.wishes.filter((wish) => canComeTrue(wish, names));
    const isOpen = ({ from, index }: Wish) => from.conversations[index].successes === 0;
    for (let waitedMs = 0; waitedMs < leaseTimeoutMs + PATIENCE_MS; waitedMs += CALM_MS) {
      this.#passTime(CALM_MS);
      open = open.filter(isOpen);
      if (open.length === 0) return;
    }
    demand(
      open.length === 0,
      "Order of datagram and request: After faults stop, everyone who can be introduced is.",
      () => `${open[0].mode} ${nameOf(open[0].from)} never met ${nameOf(open[0].to)}`,
    );
  }

  #namesInUse(): Map<string, number> {
    const names = new Map<string, number>();
    for (const process of this.#population.processes) {
      tally(names, nameOf(process));
      if (process.plan.name !== undefined) tally(names, process.plan.name);
    }
    return names;
  }

  #leave(): void {
    for (const process of this.#population.processes) process.leave();
    this.#passTime(this.scenario.settings.leaseTimeoutMs + FAREWELL_MS);
    const { leaseCount, sessionCount, rosterSize, nextDeadlineMs } = this.server.counts;
    demand(
      leaseCount === 0 && sessionCount === 0 && rosterSize === 0 && nextDeadlineMs === Infinity,
      "Leaving: When everybody has left and every lease has ended, nothing is kept.",
      () => JSON.stringify({ leaseCount, sessionCount, rosterSize, nextDeadlineMs }),
    );
  }

  #stop(): void {
    this.server.stop();
    this.#passTime(FAREWELL_MS);
    const { sessionCount, rosterSize } = this.server.counts;
    demand(
      sessionCount === 0 && rosterSize === 0,
      "Errors: A server that stops has no session left.",
      () => JSON.stringify({ sessionCount, rosterSize }),
    );
  }

  #passTime(durationMs: number): void {
    const untilMs = this.#clock.nowMs() + durationMs;
    while (this.#clock.step(untilMs) === "done") {
      if (++this.#steps > MAX_STEPS) {
        throw new Error(`Cannot go on: expected at most ${MAX_STEPS} events in a run`);
      }
    }
  }
}

/** Both have one address for everything, names of their own, and the same family. */
function canComeTrue({ from, to }: Wish, names: ReadonlyMap<string, number>): boolean {
  const isSound = (process: PeerProcess) =>
    names.get(nameOf(process)) === 1 && hasOwnName(process, names) &&
    process.machine.publicAddress("udp") === process.publicAddress;
  return isSound(from) && isSound(to) &&
    familyOf(from.publicAddress) === familyOf(to.publicAddress);
}

/** A meeting point is for as many as come. */
function hasOwnName({ plan }: PeerProcess, names: ReadonlyMap<string, number>): boolean {
  const { name, conversations } = plan;
  return name === undefined || names.get(name) === 1 ||
    conversations.every(({ mode, remoteName }) => mode === "Peer" && remoteName() === name);
}

function nameOf({ publicAddress, plan }: PeerProcess): string {
  return `${publicAddress}/${plan.peerPort}`;
}
