/**
 * A rendezvous server on the simulated internet: the service that ships.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import { Alarm } from "../../src/async/alarm.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import type { Response } from "../../src/protocol/message.ts";
import { LeaseManager } from "../../src/rendezvous/lease_manager.ts";
import { Service } from "../../src/rendezvous/service.ts";
import type { ResponseOutlet, Session } from "../../src/rendezvous/session.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";
import type { Internet } from "./network.ts";
import type { Prng } from "./prng.ts";
import { CALM_TCP, TcpEnd } from "./tcp.ts";
import { SimulatedTransport } from "./transport.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/**
 * `extensions`: all of them. `no names`: all but names. `part 1`: answers without any extension; `part
 * 1 only`: and does not know that an address may be left out either, as servers do that know none.
 */
export type Knowledge = "extensions" | "no names" | "part 1" | "part 1 only";

/** What it takes to make a server. */
export interface SimServerOptions {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly internet: Internet;
  readonly endpoint: Endpoint;
  readonly knowledge: Knowledge;
}

/** Nobody here is slow to read. */
const OUTPUT = { systemBytes: 2 ** 20, queuedBytes: 2 ** 20 };

/** One server. */
export class SimServer {
  readonly endpoint: Endpoint;
  /** When each registration arrived, and from where. */
  readonly registrations: { readonly atMs: number; readonly source: Endpoint }[] = [];
  /** Texts of the requests that arrived. */
  readonly requests: string[] = [];
  isUp = true;
  /** Older servers that know extensions do not. */
  answersKeepAlives = true;
  /** From the next {@linkcode restart} on. */
  leaseTimeoutS = SETTINGS_WITHOUT_LIMITS.leaseTimeoutMs / 1000;
  readonly #options: SimServerOptions;
  readonly #ends = new Set<TcpEnd>();
  readonly #addresses = new Set<Address>();
  readonly #alarm: Alarm;
  #manager!: LeaseManager;
  #service!: Service;

  constructor(options: SimServerOptions) {
    const { clock, endpoint } = options;
    this.#options = options;
    this.endpoint = endpoint;
    this.#start();
    this.#alarm = new Alarm(
      clock,
      () => this.#service.nextDeadlineMs,
      (nowMs) => this.#service.expire(nowMs),
    );
    this.alsoAt(endpoint.address);
  }

  /** Listens at one more address, on the same port. */
  alsoAt(address: Address): void {
    const { clock, internet } = this.#options;
    this.#addresses.add(address);
    internet.attach(address, ({ destination, source, bytes }) => {
      if (!this.isUp || destination.port !== this.endpoint.port) return;
      this.registrations.push({ atMs: clock.nowMs(), source });
      this.#service.receive(this.#asRead(bytes), source, clock.nowMs());
      this.#alarm.check();
    });
  }

  /** Its addresses, in the order in which it got them. */
  get addresses(): readonly Address[] {
    return [...this.#addresses];
  }

  /** Number of open sessions. */
  get sessionCount(): number {
    return this.#manager.sessionCount;
  }

  /** Takes a connection from `address`, or refuses it. */
  accept(address: Address): TcpEnd | undefined {
    if (!this.isUp) return undefined;
    const { clock, prng } = this.#options;
    const [theirs, ours] = TcpEnd.pair({ clock, prng, faults: () => CALM_TCP });
    const transport = new SimulatedTransport(
      address,
      ours,
      clock,
      OUTPUT,
      () => this.#alarm.check(),
    );
    transport.serve(this.#service.accept(transport, clock.nowMs()));
    this.#listenIn(ours);
    this.#alarm.check();
    return theirs;
  }

  /** Breaks every session and forgets every lease, as a restart does. */
  restart(): void {
    for (const end of this.#ends) end.reset();
    this.#ends.clear();
    this.#start();
  }

  /** Notes the requests on their way to the service. */
  #listenIn(end: TcpEnd): void {
    this.#ends.add(end);
    const stream = new JsonStream();
    const { received, finished, lost } = end.events;
    const leave = () => void this.#ends.delete(end);
    end.events = {
      received: (bytes) => {
        for (const framed of stream.push(bytes)) {
          if (!framed.ok) throw new Error(`no request: ${framed.reason}`);
          this.requests.push(new TextDecoder().decode(framed.value));
        }
        received(this.#asRead(bytes));
      },
      finished: () => (leave(), finished()),
      lost: () => (leave(), lost()),
    };
  }

  /** What a server of this knowledge reads. */
  #asRead(message: Uint8Array): Uint8Array {
    const { knowledge } = this.#options;
    let text = new TextDecoder().decode(message);
    if (knowledge === "part 1 only") text = text.replaceAll('"Token"', '"Unknown"');
    if (knowledge.startsWith("part 1") || !this.answersKeepAlives) {
      text = text.replaceAll('"Answer"', '"Unknown"');
    }
    if (knowledge !== "extensions") text = text.replaceAll(/"(?:Local|Remote)Name"/g, '"Unknown"');
    return new TextEncoder().encode(text);
  }

  #start(): void {
    const { prng, knowledge } = this.#options;
    const Manager = knowledge.startsWith("part 1") ? Part1Manager : LeaseManager;
    this.#manager = new Manager({
      ...SETTINGS_WITHOUT_LIMITS,
      leaseTimeoutMs: this.leaseTimeoutS * 1000,
    }, {
      random32: () => prng.next32(),
      pairKey: () =>
        Array.from({ length: 4 }, () => prng.next32().toString(16).padStart(8, "0")).join(""),
    });
    this.#service = new Service(this.#manager, () => prng.next32());
  }
}

/** Never answers with an extension. */
class Part1Manager extends LeaseManager {
  override connect(connection: ResponseOutlet, nowMs: number): Session | undefined {
    return super.connect({
      address: connection.address,
      hasRoom: true,
      send: (response) => connection.send(withoutExtension(response)),
      end: () => connection.end(),
    }, nowMs);
  }
}

function withoutExtension(response: Response): Response {
  if (!("source" in response)) return response;
  const { source, dest } = response;
  return { source, dest };
}
