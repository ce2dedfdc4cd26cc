/**
 * A link that is over for its user, while the remote peer is being told.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { SealedPacket } from "../channel/packet.ts";
import { CLOSE_NOTICE_INTERVAL_MS, CLOSE_NOTICES } from "../limits.ts";
import type { OfferedKeys } from "./handshaking.ts";
import { closeBody } from "./link_bodies.ts";

/** A notice to be sealed and sent, where the keys for it may be missing behind them. */
export interface Notice extends OfferedKeys {
  readonly body: Uint8Array;
  readonly to: Endpoint;
}

/** The notices of one close. */
export class Farewell {
  /** Whichever the remote peer uses: several only where none was confirmed. */
  readonly #keys: readonly OfferedKeys[];
  readonly #to: readonly Endpoint[];
  readonly #body: Uint8Array;
  #left = CLOSE_NOTICES;
  #nextMs: number;

  /** @param reason what the remote application is to know */
  constructor(
    keys: readonly OfferedKeys[],
    to: readonly Endpoint[],
    reason: string | undefined,
    nowMs: number,
  ) {
    this.#keys = keys;
    this.#to = to;
    this.#body = closeBody(reason);
    this.#nextMs = nowMs;
  }

  /** When the next notice is due, or it is to be given up. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** The notices that are due; `over` when nobody answered the last ones. */
  look(nowMs: number): readonly Notice[] | "over" {
    if (nowMs < this.#nextMs) return [];
    if (this.#left-- === 0) return "over";
    this.#nextMs = nowMs + CLOSE_NOTICE_INTERVAL_MS;
    return this.#keys.flatMap((keys) => this.#to.map((to) => ({ ...keys, body: this.#body, to })));
  }

  /** Opens a packet of the remote peer. @returns `undefined` when it is not genuine, or not fresh */
  open(packet: SealedPacket, nowMs: number): Uint8Array | undefined {
    return this.#keys.map(({ channel }) => channel.open(packet, nowMs))
      .find((body) => body !== undefined);
  }
}
