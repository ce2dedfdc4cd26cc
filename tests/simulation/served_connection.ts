/**
 * The server's side of a simulated TCP connection: what `src/net/tcp_connection.ts` does with a real
 * one.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import type { Clock } from "../../src/clock.ts";
import { LINGER_MS } from "../../src/limits.ts";
import { encodeResponse } from "../../src/protocol/encode.ts";
import type { Response } from "../../src/protocol/message.ts";
import type { Connection } from "../../src/rendezvous/session.ts";
import type { Checker } from "./checker/checker.ts";
import type { KnownSession } from "./checker/memory.ts";
import type { TcpEnd } from "../simulated/tcp.ts";

/** How much the server keeps for a peer that does not read. */
export interface OutputLimits {
  /** Bytes that the operating system takes. */
  readonly systemBytes: number;
  /** Bytes that the server queues after that. */
  readonly queuedBytes: number;
}

/** A connection as the rendezvous sees it; everything that it sends goes past the checker. */
export class ServedConnection implements Connection {
  readonly address: Address;
  readonly #known: KnownSession;
  readonly #end: TcpEnd;
  readonly #checker: Checker;
  readonly #clock: Clock;
  readonly #limits: OutputLimits;
  readonly #onClosed: () => void;
  #cancelLinger: (() => void) | undefined;
  #state: "open" | "ending" | "closed" = "open";

  /** @param onClosed told, a moment later, when this side closes the connection */
  constructor(
    known: KnownSession,
    end: TcpEnd,
    checker: Checker,
    clock: Clock,
    limits: OutputLimits,
    onClosed: () => void,
  ) {
    this.address = known.address;
    this.#known = known;
    this.#end = end;
    this.#checker = checker;
    this.#clock = clock;
    this.#limits = limits;
    this.#onClosed = onClosed;
  }

  /** Sends a response, unless too much waits to be read already. */
  send(response: Response): "queued" | "overflow" {
    const bytes = encodeResponse(response);
    const { systemBytes, queuedBytes } = this.#limits;
    const queued = Math.max(0, this.#end.unreadBytes - systemBytes);
    const result = queued + bytes.length > queuedBytes ? "overflow" : "queued";
    this.#checker.told(this.#known, response, result);
    if (result === "overflow") this.close();
    else this.#end.write(bytes, response);
    return result;
  }

  /** Half-closes after the final response. */
  end(): void {
    this.#checker.ended(this.#known);
    this.halfClose();
  }

  /** Sends no more, and closes when the peer does or after a while. */
  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#end.finish();
    this.#cancelLinger = this.#clock.schedule(LINGER_MS, () => this.close());
  }

  /** Closes at once. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelLinger?.();
    this.#end.close();
    this.#clock.schedule(0, this.#onClosed);
  }

  /** The peer has ended the connection: nothing is left to close. */
  release(): void {
    this.#state = "closed";
    this.#cancelLinger?.();
    this.#end.close();
  }
}
