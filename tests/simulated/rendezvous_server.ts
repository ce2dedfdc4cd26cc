/**
 * A rendezvous server on the simulated internet: the real decoder, lease manager and encoder.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import { decodeRegistration, decodeRequest } from "../../src/protocol/decode.ts";
import { encodeResponse } from "../../src/protocol/encode.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import type { Introduction, Response } from "../../src/protocol/message.ts";
import { LeaseManager } from "../../src/rendezvous/lease_manager.ts";
import type { Session } from "../../src/rendezvous/session.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";
import type { Internet } from "./network.ts";
import type { Prng } from "./prng.ts";
import { CALM_TCP, TcpEnd } from "./tcp.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/**
 * `part 1`: answers without any extension; `part 1 only`: and does not know that an address may be
 * left out either, as servers do that know none.
 */
export type Knowledge = "extensions" | "part 1" | "part 1 only";

/** What it takes to make a server. */
export interface SimServerOptions {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly internet: Internet;
  readonly endpoint: Endpoint;
  readonly knowledge: Knowledge;
}

/** One server. */
export class SimServer {
  readonly endpoint: Endpoint;
  /** Texts of the registrations that arrived, with their time. */
  readonly registrations: { readonly atMs: number; readonly source: Endpoint }[] = [];
  /** Texts of the requests that arrived. */
  readonly requests: string[] = [];
  isUp = true;
  readonly #options: SimServerOptions;
  readonly #ends = new Set<TcpEnd>();
  #manager: LeaseManager;

  constructor(options: SimServerOptions) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.#manager = this.#newManager();
    options.internet.attach(options.endpoint.address, ({ destination, source, bytes }) => {
      if (!this.isUp || destination.port !== this.endpoint.port) return;
      const registration = decodeRegistration(this.#withoutToken(bytes));
      if (!registration.ok) throw new Error(`no registration: ${registration.reason}`);
      this.registrations.push({ atMs: options.clock.nowMs(), source });
      this.#manager.register(registration.value, source, options.clock.nowMs());
      this.#afterChange();
    });
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
    const connection = {
      address,
      send: (response: Response) => {
        ours.write(encodeResponse(this.#known(response)));
        return "queued" as const;
      },
      end: () => ours.finish(),
    };
    const session = this.#manager.connect(connection, clock.nowMs());
    if (session !== undefined) this.#listen(ours, session);
    return theirs;
  }

  /** Breaks every session and forgets every lease, as a restart does. */
  restart(): void {
    for (const end of this.#ends) end.reset();
    this.#ends.clear();
    this.#manager = this.#newManager();
  }

  #listen(end: TcpEnd, session: Session): void {
    this.#ends.add(end);
    const manager = this.#manager;
    const nowMs = () => this.#options.clock.nowMs();
    const stream = new JsonStream();
    const leave = () => {
      this.#ends.delete(end);
      manager.disconnect(session, nowMs());
      end.close();
    };
    end.events = {
      received: (bytes) => {
        for (const framed of stream.push(bytes)) {
          if (!framed.ok) throw new Error(`no request: ${framed.reason}`);
          this.requests.push(new TextDecoder().decode(framed.value));
          const request = decodeRequest(this.#withoutToken(framed.value));
          if (request.ok) manager.request(session, request.value, nowMs());
          else manager.malformed(session, request.reason, nowMs());
        }
        this.#afterChange();
      },
      finished: leave,
      lost: leave,
    };
  }

  #known(response: Response): Response {
    if ("code" in response || this.#options.knowledge === "extensions") return response;
    const { source, dest }: Introduction = response;
    return { source, dest };
  }

  #withoutToken(request: Uint8Array): Uint8Array {
    if (this.#options.knowledge !== "part 1 only") return request;
    const text = new TextDecoder().decode(request).replaceAll('"Token"', '"Unknown"');
    return new TextEncoder().encode(text);
  }

  #newManager(): LeaseManager {
    const { prng } = this.#options;
    return new LeaseManager(
      SETTINGS_WITHOUT_LIMITS,
      {
        random32: () => prng.next32(),
        pairKey: () =>
          Array.from({ length: 4 }, () => prng.next32().toString(16).padStart(8, "0")).join(""),
      },
    );
  }

  #afterChange(): void {
    const { clock } = this.#options;
    const manager = this.#manager;
    const dueMs = manager.nextDeadlineMs;
    if (dueMs === Infinity) return;
    clock.schedule(dueMs - clock.nowMs(), () => {
      if (manager.nextDeadlineMs > clock.nowMs()) return;
      manager.expire(clock.nowMs());
      this.#afterChange();
    });
  }
}
