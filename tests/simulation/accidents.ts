/**
 * What happens to honest people: crashes, power cuts, broken connections, networks that fail for a
 * while, NATs that start again.
 *
 * @module
 */

import type { Internet } from "../simulated/network.ts";
import type { PeerProcess } from "./peer_process.ts";
import type { Places } from "./places.ts";
import type { Prng } from "../simulated/prng.ts";
import type { SimulatedServer } from "./simulated_server.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** Whom accidents can happen to. */
export interface AccidentSurroundings {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly internet: Internet;
  readonly places: Places;
  readonly processes: readonly PeerProcess[];
  readonly server: SimulatedServer;
  readonly descriptors: "enough" | "run out";
}

const MAX_OUTAGE_MS = 5_000;
const DESCRIPTORS_CHANCE = 0.04;

/** One accident after the other, until it is told to stop. */
export class Accidents {
  readonly #surroundings: AccidentSurroundings;
  readonly #pauseMs: number;
  readonly #cut = new Set<string>();
  #cancelNext: (() => void) | undefined;
  #state: "storm" | "calm" = "storm";

  /** @param pauseMs between two accidents, on average; `Infinity` for none */
  constructor(surroundings: AccidentSurroundings, pauseMs: number) {
    this.#surroundings = surroundings;
    this.#pauseMs = pauseMs;
  }

  /** Begins. */
  start(): void {
    if (this.#pauseMs === Infinity) return;
    const { clock, prng } = this.#surroundings;
    this.#cancelNext = clock.schedule(this.#pauseMs * prng.between(0, 2), () => {
      this.#happen();
      this.start();
    });
  }

  /** Ends the accidents, and mends what is broken. */
  stop(): void {
    this.#state = "calm";
    this.#cancelNext?.();
    for (const address of this.#cut) this.#surroundings.internet.mend(address);
  }

  #happen(): void {
    const { prng, processes, descriptors, server } = this.#surroundings;
    if (descriptors === "run out" && prng.chance(DESCRIPTORS_CHANCE)) {
      return prng.chance(0.5) ? server.shed(prng.integer(1, 8)) : server.admitMore(4);
    }
    const victim = prng.pick(processes);
    prng.pick([
      () => this.#crash(victim),
      () => this.#crash(victim),
      () => this.#breakConnection(victim),
      () => this.#breakConnection(victim),
      () => this.#cutOff(victim),
      () => this.#restartNat(),
    ])();
  }

  #crash(victim: PeerProcess): void {
    const { clock, prng } = this.#surroundings;
    victim.crash(prng.pick(["process", "power"]));
    clock.schedule(prng.between(0, 3_000), () => {
      if (this.#state === "storm") victim.start();
    });
  }

  #breakConnection(victim: PeerProcess): void {
    this.#surroundings.prng.pick(victim.conversations).breakConnection();
  }

  #cutOff(victim: PeerProcess): void {
    const { clock, prng, internet } = this.#surroundings;
    const address = victim.machine.publicAddress("udp");
    internet.cut(address);
    this.#cut.add(address);
    clock.schedule(prng.between(0, MAX_OUTAGE_MS), () => {
      internet.mend(address);
      this.#cut.delete(address);
    });
  }

  #restartNat(): void {
    const { prng, places, processes } = this.#surroundings;
    if (places.nats.length === 0) return;
    const { nat, outerAddresses } = prng.pick(places.nats);
    const before = processes.map((process) => process.publicAddress);
    nat.restart(prng.pick(outerAddresses));
    for (const [i, process] of processes.entries()) {
      if (process.publicAddress === before[i]) continue;
      for (const conversation of process.conversations) {
        conversation.loseConnection(prng.between(0, MAX_OUTAGE_MS));
      }
    }
  }
}
