/**
 * The server's side of a simulated TCP connection, as the service sees it: how much the system and
 * the queue take, and how long a finished one lingers.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import type { Clock } from "../../src/clock.ts";
import { LINGER_MS, MAX_RESPONSE_BYTES } from "../../src/limits.ts";
import type { ServedConnection, Transport } from "../../src/rendezvous/service.ts";
import type { TcpEnd } from "./tcp.ts";

/** What the service makes of one connection. */
export type Served = Pick<
  ServedConnection,
  "readPauseMs" | "read" | "finish" | "drain" | "lose"
>;

/** How much the server keeps for a peer that does not read. */
export interface OutputLimits {
  /** Bytes that the operating system takes. */
  readonly systemBytes: number;
  /** Bytes that the server queues after that. */
  readonly queuedBytes: number;
}

/** One read of the real server takes at most this much. */
const READ_BYTES = 256;
/** How soon, and how often, it is looked whether the system takes what is queued. */
const WRITE_CHECK_MS = 10;

/** A connection that carries bytes between the simulated network and the service. */
export class SimulatedTransport implements Transport {
  readonly address: Address;
  /** What the next bytes mean, for who checks what is read; the service never looks. */
  meaning: unknown;
  /** Bytes that were handed to the service. */
  readBytes = 0;
  /** Whether the peer sends no more. */
  isFinished = false;
  readonly #end: TcpEnd;
  readonly #clock: Clock;
  readonly #limits: OutputLimits;
  readonly #afterChange: () => void;
  #served: Served | undefined;
  #cancelLinger: (() => void) | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #hasRoom = true;
  #isWriting = false;
  #isPaused = false;
  /** What the network has brought and nobody has read. */
  readonly #arrived: (Uint8Array | "end")[] = [];

  /** @param afterChange to be called after anything was handed to the service */
  constructor(
    address: Address,
    end: TcpEnd,
    clock: Clock,
    limits: OutputLimits,
    afterChange: () => void,
  ) {
    this.address = address;
    this.#end = end;
    this.#clock = clock;
    this.#limits = limits;
    this.#afterChange = afterChange;
  }

  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** Hands what arrives to the service from now on. */
  serve(served: Served): void {
    this.#served = served;
    this.#end.events = {
      received: (bytes) => {
        for (let start = 0; start < bytes.length; start += READ_BYTES) {
          this.#arrived.push(bytes.subarray(start, start + READ_BYTES));
        }
        this.#read(served);
      },
      finished: () => {
        this.#arrived.push("end");
        this.#read(served);
      },
      lost: () => {
        this.#release();
        served.lose(this.#clock.nowMs());
        this.#afterChange();
      },
    };
  }

  send(bytes: Uint8Array): void {
    this.#end.write(bytes, this.meaning);
    const queuedBytes = this.#end.unreadBytes - this.#limits.systemBytes;
    if (queuedBytes > this.#limits.queuedBytes - MAX_RESPONSE_BYTES) this.#hasRoom = false;
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#clock.schedule(WRITE_CHECK_MS, () => this.#write());
  }

  /** Half-closes after the final response, and closes when the peer does or after a while. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#end.finish();
    this.#cancelLinger = this.#clock.schedule(LINGER_MS, () => this.#close());
  }

  /** Reads as much as the service lets it now, and the rest later. */
  #read(served: Served): void {
    if (this.#isPaused) return;
    while (this.#arrived.length > 0 && this.#state !== "closed") {
      const pauseMs = served.readPauseMs(this.#clock.nowMs());
      if (pauseMs > 0) return this.#pause(served, pauseMs);
      const chunk = this.#arrived.shift() as Uint8Array | "end";
      if (chunk === "end") return this.#finish(served);
      this.readBytes += chunk.length;
      served.read(chunk, this.#clock.nowMs());
      this.#afterChange();
    }
  }

  #pause(served: Served, pauseMs: number): void {
    this.#isPaused = true;
    this.#clock.schedule(pauseMs, () => {
      this.#isPaused = false;
      this.#read(served);
    });
  }

  #finish(served: Served): void {
    this.isFinished = true;
    served.finish(this.#clock.nowMs());
    this.#afterChange();
    this.#release();
  }

  /** The system takes what the peer has room for. */
  #write(): void {
    if (this.#state !== "open") return;
    if (this.#end.unreadBytes > this.#limits.systemBytes) {
      this.#clock.schedule(WRITE_CHECK_MS, () => this.#write());
      return;
    }
    this.#isWriting = false;
    this.#hasRoom = true;
    this.#served?.drain(this.#clock.nowMs());
    this.#afterChange();
  }

  #close(): void {
    this.#release();
    this.#served?.lose(this.#clock.nowMs());
    this.#afterChange();
  }

  #release(): void {
    this.#state = "closed";
    this.#cancelLinger?.();
    this.#end.close();
  }
}
