/**
 * The places of a server under a virtual clock, and whoever comes for one. Nothing here is a copy of
 * the rule: who gives way is asked of the shipped module, or of a broken variant of it.
 *
 * @module
 */

import { FIRST_REQUEST_TIMEOUT_MS } from "../../../src/limits.ts";
import type {
  SessionShares,
  SessionSharesOptions,
  ShareEntry,
} from "../../../src/rendezvous/session_shares.ts";
import { NO_SLOT } from "../../../src/rendezvous/slot_lists.ts";
import type { Prng } from "../../simulated/prng.ts";
import type { VirtualClock } from "../../simulated/virtual_clock.ts";

/** What a server needs of the shares. */
export type Shares = Pick<
  SessionShares<Guest>,
  "place" | "add" | "requested" | "gotLease" | "remove"
>;

/** The shipped class, or a broken variant of it. */
export type SharesClass = new (options: SessionSharesOptions) => Shares;

/** What all guests of one run share. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly shares: Shares;
}

/** What a guest comes for; `idle` never asks. */
export type Purpose = "Server" | "Peer" | "idle";

/** What a guest is told. */
export interface GuestEvents {
  /** It has its lease: as a Server it is live. */
  settled?(): void;
  /** It gave way to a newcomer. */
  thrownOut?(): void;
}

/** From one step of a session to the next: a round trip, and what programs take. */
const STEP_MS = { min: 20, max: 80 };

/** One session. */
export class Guest implements ShareEntry {
  readonly address: string;
  readonly connectedMs: number;
  request: { readonly connectionType: "Server" | "Peer" } | undefined;
  requestMs = 0;
  shareSlot = NO_SLOT;
  readonly #stage: Stage;
  readonly #events: GuestEvents;

  private constructor(stage: Stage, address: string, events: GuestEvents) {
    this.address = address;
    this.connectedMs = stage.clock.nowMs();
    this.#stage = stage;
    this.#events = events;
  }

  /** Connects. @returns `undefined` where the server is full and nobody gives way */
  static arrive(
    stage: Stage,
    address: string,
    purpose: Purpose,
    events: GuestEvents = {},
  ): Guest | undefined {
    const { shares, clock } = stage;
    const place = shares.place(address, clock.nowMs());
    if (place.kind === "full" || place.kind === "over_limit") return undefined;
    if (place.kind === "given_up") {
      place.by.leave();
      place.by.#events.thrownOut?.();
    }
    const guest = new Guest(stage, address, events);
    shares.add(guest);
    if (purpose === "idle") clock.schedule(FIRST_REQUEST_TIMEOUT_MS, () => guest.leave());
    else guest.#after(() => guest.#ask(purpose));
    return guest;
  }

  /** A session that has waited since `sinceMs` and has its lease, for a server that is not new. */
  static waiting(stage: Stage, address: string, sinceMs: number, events: GuestEvents = {}): void {
    const guest = new Guest(stage, address, events);
    stage.shares.add(guest);
    guest.request = { connectionType: "Peer" };
    guest.requestMs = sinceMs;
    stage.shares.requested(guest);
    stage.shares.gotLease(guest);
    guest.#events.settled?.();
  }

  /** Whether it has a place. */
  get isHere(): boolean {
    return this.shareSlot !== NO_SLOT;
  }

  /** The session ends; nothing happens when it has. */
  leave(): void {
    this.#stage.shares.remove(this);
  }

  #ask(connectionType: "Server" | "Peer"): void {
    this.request = { connectionType };
    this.requestMs = this.#stage.clock.nowMs();
    this.#stage.shares.requested(this);
    this.#after(() => {
      this.#stage.shares.gotLease(this);
      this.#events.settled?.();
    });
  }

  #after(action: () => void): void {
    const { clock, prng } = this.#stage;
    clock.schedule(prng.between(STEP_MS.min, STEP_MS.max), () => {
      if (this.isHere) action();
    });
  }
}
