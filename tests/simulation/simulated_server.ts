/**
 * The server under test: the service that ships, with a simulated network around and the checker
 * beside every call of its lease manager.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { Alarm } from "../../src/async/alarm.ts";
import type { Clock } from "../../src/clock.ts";
import type { LeaseManager, RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import type { ServedConnection, Service } from "../../src/rendezvous/service.ts";
import type { Packet } from "../simulated/network.ts";
import type { Prng } from "../simulated/prng.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import { StoppableProcess } from "../simulated/stoppable_process.ts";
import { type OutputLimits, type Served, SimulatedTransport } from "../simulated/transport.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";
import { Checker } from "./checker/checker.ts";
import type { DatagramMeaning } from "./checker/gate.ts";
import type { KnownSession } from "./checker/memory.ts";
import type { Trace } from "./trace.ts";
import { WatchedManager } from "./watched_manager.ts";

/** The classes under test; mutants bring others. */
export interface Rendezvous {
  readonly LeaseManager: new (...args: ConstructorParameters<typeof LeaseManager>) => LeaseManager;
  readonly Service: new (...args: ConstructorParameters<typeof Service>) => Service;
}

/** A server that stops takes what waits to be accepted for so long, to tell it. */
const LAST_ACCEPT_MS = 500;

/** What a server is made of. */
export interface SimulatedServerOptions {
  readonly rendezvous: Rendezvous;
  readonly settings: RendezvousSettings;
  readonly timerLatenessMs: number;
  readonly output: OutputLimits;
  readonly random32: () => number;
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly trace: Trace;
}

/** A server in the simulated world. */
export class SimulatedServer {
  readonly checker: Checker;
  readonly #options: SimulatedServerOptions;
  readonly #manager: LeaseManager;
  readonly #watched: WatchedManager;
  readonly #service: Service;
  readonly #alarm: Alarm;
  readonly #process: StoppableProcess;
  #state: "serving" | "stopped" = "serving";

  constructor(options: SimulatedServerOptions) {
    const { rendezvous, settings, random32, prng, clock, timerLatenessMs } = options;
    this.#options = options;
    this.checker = new Checker(options);
    this.#process = new StoppableProcess(clock, prng, () => this.checker.lostTime.caughtUp());
    this.#manager = new rendezvous.LeaseManager(settings, { random32, pairKey: () => hex32(prng) });
    this.checker.watch(this.#manager);
    this.#watched = new WatchedManager(this.#manager, this.checker);
    this.#service = new rendezvous.Service(this.#watched.manager, random32);
    this.#alarm = new Alarm(
      lateClock(this.#process, () => prng.between(0, timerLatenessMs)),
      () => this.#service.nextDeadlineMs,
      (nowMs) => this.checker.timer(nowMs, () => this.#manager.expire(nowMs)),
    );
  }

  /** The public counts of the manager. */
  get counts(): Pick<
    LeaseManager,
    "leaseCount" | "sessionCount" | "rosterSize" | "nextDeadlineMs"
  > {
    return this.#manager;
  }

  /** Takes a packet that arrived at the server's UDP port. */
  receive(packet: Packet): void {
    if (this.#state === "serving") this.#process.receive(() => this.#receive(packet));
  }

  /** Takes a connection. */
  accept(end: TcpEnd, address: Address): void {
    if (this.#state === "stopped") return end.reset();
    // What arrives before it is accepted waits in the system.
    end.stopReading();
    this.#process.arrive(() => {
      this.#accept(end, address);
      end.resumeReading();
      if (end.isGone) end.events.lost();
    });
  }

  /** The process does not run for a while. */
  suspend(): void {
    this.#process.stop();
    this.checker.lostTime.suspended(this.#nowMs());
  }

  /** It runs again. */
  resume(): void {
    this.checker.lostTime.resumed(this.#nowMs());
    this.#process.continue();
  }

  #receive({ source, bytes, meaning }: Packet): void {
    const nowMs = this.#nowMs();
    this.checker.datagram(
      meaning as DatagramMeaning,
      source,
      nowMs,
      () => this.#service.receive(bytes, source, nowMs),
    );
    this.#alarm.check();
  }

  #accept(end: TcpEnd, address: Address): void {
    const { output } = this.#options;
    this.checker.connection(address, this.#nowMs(), (known) => {
      const transport = new SimulatedTransport(address, end, this.#process, output, () => {
        this.#watched.checkHeard(arrival, known);
        this.#alarm.check();
      });
      const arrival = { known, end, transport };
      this.#watched.expect(arrival);
      transport.serve(this.#watchReads(this.#service.accept(transport, this.#nowMs()), known));
      this.#holdArrivals(end);
      return this.#watched.outcome;
    });
    this.#alarm.check();
  }

  /** What is read goes past the checker, and so does what is not read yet. */
  #watchReads(served: ServedConnection, known: KnownSession): Served {
    const { budgets, lostTime } = this.checker;
    const budget = budgets.connect(known.address);
    return {
      readPauseMs(nowMs) {
        const pauseMs = served.readPauseMs(nowMs);
        budget.pauses(pauseMs, nowMs);
        return pauseMs;
      },
      read(bytes, nowMs) {
        budget.read(bytes.length, nowMs);
        lostTime.received(nowMs);
        served.read(bytes, nowMs);
        known.readBytes += bytes.length;
      },
      finish(nowMs) {
        lostTime.received(nowMs);
        served.finish(nowMs);
      },
      drain: (nowMs) => served.drain(nowMs),
      lose(nowMs) {
        lostTime.received(nowMs);
        served.lose(nowMs);
      },
    };
  }

  /** What comes while the process does not run waits until it does. */
  #holdArrivals(end: TcpEnd): void {
    const { received, finished, lost } = end.events;
    const process = this.#process;
    end.events = {
      received: (bytes) => process.arrive(() => received(bytes)),
      finished: () => process.arrive(finished),
      lost: () => process.arrive(lost),
    };
  }

  /** The process has come to its descriptor limit. */
  shed(count: number): void {
    const nowMs = this.#nowMs();
    this.checker.shed(count, nowMs, () => this.#manager.shed(count, nowMs));
    this.#alarm.check();
  }

  /** Descriptors are free again. */
  admitMore(count: number): void {
    this.checker.admitMore(count);
    this.#manager.admitMore(count);
  }

  /** Stops: tells every session and whoever still comes, then takes nothing more. */
  stop(): void {
    const nowMs = this.#nowMs();
    this.checker.shutDown(nowMs, () => this.#manager.shutDown(nowMs));
    this.#process.schedule(LAST_ACCEPT_MS, () => {
      this.#state = "stopped";
      this.#alarm.stop();
      this.checker.lostTime.suspended(this.#nowMs());
    });
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

/** A clock whose timers ring late. */
function lateClock(clock: Clock, latenessMs: () => number): Clock {
  return {
    nowMs: () => clock.nowMs(),
    schedule: (delayMs, action) => clock.schedule(Math.max(0, delayMs) + latenessMs(), action),
  };
}

function hex32(prng: Prng): string {
  return Array.from({ length: 4 }, () => prng.next32().toString(16).padStart(8, "0")).join("");
}
