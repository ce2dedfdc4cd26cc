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
import { type ServedConnection, Service } from "../../src/rendezvous/service.ts";
import type { Packet } from "../simulated/network.ts";
import type { Prng } from "../simulated/prng.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import { type OutputLimits, SimulatedTransport } from "../simulated/transport.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";
import { Checker, type DatagramMeaning } from "./checker/checker.ts";
import type { Trace } from "./trace.ts";
import { WatchedManager } from "./watched_manager.ts";

/** The class under test; mutants bring another. */
export type LeaseManagerClass = new (
  ...args: ConstructorParameters<typeof LeaseManager>
) => LeaseManager;

/** What a server is made of. */
export interface SimulatedServerOptions {
  readonly Manager: LeaseManagerClass;
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
  #state: "serving" | "stopped" = "serving";

  constructor(options: SimulatedServerOptions) {
    const { Manager, settings, random32, prng, clock, timerLatenessMs } = options;
    this.#options = options;
    this.checker = new Checker(options);
    this.#manager = new Manager(settings, { random32, pairKey: () => hex32(prng) });
    this.checker.watch(this.#manager);
    this.#watched = new WatchedManager(this.#manager, this.checker);
    this.#service = new Service(this.#watched.manager, random32);
    this.#alarm = new Alarm(
      lateClock(clock, () => prng.between(0, timerLatenessMs)),
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
  receive({ source, bytes, meaning }: Packet): void {
    if (this.#state === "stopped") return;
    const nowMs = this.#nowMs();
    this.checker.datagram(
      meaning as DatagramMeaning,
      source,
      nowMs,
      () => this.#service.receive(bytes, source, nowMs),
    );
    this.#alarm.check();
  }

  /** Takes a connection. */
  accept(end: TcpEnd, address: Address): void {
    if (this.#state === "stopped") return end.reset();
    const { clock, output } = this.#options;
    this.checker.connection(address, this.#nowMs(), (known) => {
      const transport = new SimulatedTransport(address, end, clock, output, () => {
        this.#watched.checkHeard(arrival, known);
        this.#alarm.check();
      });
      const arrival = { known, end, transport };
      this.#watched.expect(arrival);
      const served: ServedConnection = this.#service.accept(transport, this.#nowMs());
      transport.serve(served);
      return this.#watched.outcome;
    });
    this.#alarm.check();
  }

  /** The process has come to its descriptor limit. */
  shed(count: number): void {
    const nowMs = this.#nowMs();
    this.checker.shed(count, nowMs, () => this.#manager.shed(count, nowMs));
    this.#alarm.check();
  }

  /** Stops: tells every session, takes nothing more. */
  stop(): void {
    this.#state = "stopped";
    this.#alarm.stop();
    const nowMs = this.#nowMs();
    this.checker.shutDown(nowMs, () => this.#manager.shutDown(nowMs));
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
