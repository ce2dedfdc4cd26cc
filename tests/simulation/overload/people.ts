/**
 * Who comes to a full server: hosts that want to be up, pairs that want to meet, and attackers who
 * want neither.
 *
 * @module
 */

import { Backoff } from "../../../src/async/backoff.ts";
import { RECONNECT, SESSION_SOUND_MS } from "../../../src/peer/limits.ts";
import { Guest, type Purpose, type Stage } from "./guest.ts";

/** The part of a run that counts: it begins when everybody has come. */
export const MEASURED_MS = { from: 10_000, to: 70_000 };
/** A host that was up for so long had every reason to think that it stays so. */
const SETTLED_MS = 10_000;
/** A host is started again now and then. */
const RESTART_PAUSE_MS = 1_000;
/** Whoever wants to meet gives up then. */
const MEETING_TIMEOUT_MS = 30_000;
/** Attackers connect in strokes. */
const STROKE_MS = 100;

/** What became of the hosts of one group. */
export interface HostFigures {
  upMs: number;
  /** Live hosts that had to give way. */
  thrownOut: number;
  /** Of these, those that had been up for 10 s. */
  settledThrownOut: number;
}

/** The pauses of the peers' library, with this run's randomness. */
function backoff({ prng }: Stage): Backoff {
  return new Backoff(RECONNECT, () => prng.next32() / 2 ** 32);
}

/** A host that comes again whenever it is refused or thrown out. */
export class Host {
  readonly #stage: Stage;
  readonly #address: string;
  readonly #figures: HostFigures;
  readonly #backoff: Backoff;
  #guest: Guest | undefined;
  #upSinceMs: number | undefined;

  constructor(stage: Stage, address: string, figures: HostFigures) {
    this.#stage = stage;
    this.#address = address;
    this.#figures = figures;
    this.#backoff = backoff(stage);
  }

  /** Comes after a while, and is started again about once in `lifeMs`. */
  comeAfter(delayMs: number, lifeMs: number): void {
    const { clock, prng } = this.#stage;
    clock.schedule(delayMs, () => this.#come());
    if (lifeMs < Infinity) this.#restartAfter(delayMs + prng.between(0, lifeMs), lifeMs);
  }

  /** The run is over: what it was up until now counts. */
  finish(): void {
    this.#down();
  }

  #come(): void {
    this.#guest = Guest.arrive(this.#stage, this.#address, "Server", {
      settled: () => this.#upSinceMs = this.#stage.clock.nowMs(),
      thrownOut: () => this.#thrownOut(),
    });
    if (this.#guest === undefined) this.#comeAgain();
  }

  #comeAgain(): void {
    this.#stage.clock.schedule(this.#backoff.nextMs(), () => this.#come());
  }

  #thrownOut(): void {
    const nowMs = this.#stage.clock.nowMs();
    const upMs = this.#upSinceMs === undefined ? 0 : nowMs - this.#upSinceMs;
    if (this.#upSinceMs !== undefined && nowMs >= MEASURED_MS.from) {
      this.#figures.thrownOut++;
      if (upMs >= SETTLED_MS) this.#figures.settledThrownOut++;
    }
    if (upMs >= SESSION_SOUND_MS) this.#backoff.reset();
    this.#down();
    this.#comeAgain();
  }

  #restartAfter(delayMs: number, lifeMs: number): void {
    const { clock, prng } = this.#stage;
    clock.schedule(delayMs, () => {
      this.#restartAfter(prng.between(0.5, 1.5) * lifeMs, lifeMs);
      if (!this.#guest?.isHere) return;
      this.#guest.leave();
      this.#down();
      clock.schedule(RESTART_PAUSE_MS, () => this.#come());
    });
  }

  #down(): void {
    if (this.#upSinceMs === undefined) return;
    const sinceMs = Math.max(this.#upSinceMs, MEASURED_MS.from);
    this.#figures.upMs += Math.max(0, this.#stage.clock.nowMs() - sinceMs);
    this.#upSinceMs = undefined;
  }
}

/** One of two who want to meet. */
class Seeker {
  readonly #stage: Stage;
  readonly #address: string;
  readonly #backoff: Backoff;
  readonly #changed: () => void;
  #guest: Guest | undefined;
  #isReady = false;
  #hasLeft = false;

  constructor(stage: Stage, address: string, changed: () => void) {
    this.#stage = stage;
    this.#address = address;
    this.#changed = changed;
    this.#backoff = backoff(stage);
    this.#come();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  leave(): void {
    this.#hasLeft = true;
    this.#guest?.leave();
  }

  #come(): void {
    if (this.#hasLeft) return;
    this.#guest = Guest.arrive(this.#stage, this.#address, "Peer", {
      settled: () => {
        this.#isReady = true;
        this.#changed();
      },
      thrownOut: () => {
        this.#isReady = false;
        this.#comeAgain();
      },
    });
    if (this.#guest === undefined) this.#comeAgain();
  }

  #comeAgain(): void {
    this.#stage.clock.schedule(this.#backoff.nextMs(), () => this.#come());
  }
}

/** Lets two peers meet, or give up. */
export function meet(stage: Stage, a: string, b: string, met: () => void): void {
  const seekers: Seeker[] = [];
  const leave = () => seekers.forEach((seeker) => seeker.leave());
  const changed = () => {
    if (seekers.length < 2 || !seekers.every((seeker) => seeker.isReady)) return;
    leave();
    met();
  };
  seekers.push(new Seeker(stage, a, changed), new Seeker(stage, b, changed));
  stage.clock.schedule(MEETING_TIMEOUT_MS, leave);
}

/** Somebody who takes as many places as he can. */
export interface Attack {
  readonly addresses: readonly string[];
  readonly purpose: Purpose;
  /** New connections a second, for as long as the run lasts. */
  readonly perSecond: number;
  /** Places that he has before anybody else comes, as Peers that wait and register. */
  readonly alreadyHere?: number;
  /** When he begins; before anybody else where it is left out. */
  readonly fromMs?: number;
}

/** Lets an attacker loose. */
export function attack(stage: Stage, attack: Attack): void {
  const { addresses, purpose, perSecond, alreadyHere = 0, fromMs = 0 } = attack;
  const { clock, prng } = stage;
  for (let i = 0; i < alreadyHere; i++) {
    Guest.waiting(stage, addresses[i % addresses.length], -SESSION_SOUND_MS);
  }
  if (perSecond === 0) return;
  const come = () => {
    for (let i = 0; i < perSecond * STROKE_MS / 1000; i++) {
      Guest.arrive(stage, prng.pick(addresses), purpose);
    }
    clock.schedule(STROKE_MS, come);
  };
  clock.schedule(fromMs, come);
}
