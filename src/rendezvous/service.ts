/**
 * The service behind the sockets: bytes and time in, bytes out. Whoever drives it, the server or a
 * simulator, only carries bytes and rings when something is due.
 *
 * @module
 */

import { type Address, type Endpoint, packAddress } from "../address.ts";
import { FREE_BYTES, MAX_READ_PAUSE_MS } from "../limits.ts";
import { decodeRegistration, decodeRequest } from "../protocol/decode.ts";
import { encodeResponse } from "../protocol/encode.ts";
import { type Framed, JsonStream } from "../protocol/json_stream.ts";
import type { Response } from "../protocol/message.ts";
import { AddressByteBudgets, SessionByteBudget } from "./byte_budget.ts";
import type { DatagramFate } from "./counters.ts";
import type { LeaseManager } from "./lease_manager.ts";
import type { Outlet, ResponseOutlet, Session } from "./session.ts";

/** What the service needs of a TCP connection. */
export type Transport = Outlet<Uint8Array>;

/** Decodes, counts, frames, and notices the end of streams; the lease manager decides. */
export class Service {
  readonly #manager: LeaseManager;

  readonly #addressBudgets: AddressByteBudgets;

  /**
   * @param manager decides about what arrives, and is told of nothing by anybody else
   * @param random32 source of secret 32-bit numbers
   */
  constructor(manager: LeaseManager, random32: () => number) {
    this.#manager = manager;
    this.#addressBudgets = new AddressByteBudgets(random32);
  }

  /** Takes a datagram that arrived from `source`. */
  receive(datagram: Uint8Array, source: Endpoint, nowMs: number): DatagramFate {
    const admitted = this.#manager.admit(source, nowMs);
    if (typeof admitted === "string") return admitted;
    const registration = decodeRegistration(datagram);
    return registration.ok
      ? this.#manager.register(registration.value, source, admitted, nowMs)
      : this.#manager.drop(registration.reason, source, nowMs);
  }

  /** Takes a new connection, which may be refused at once. */
  accept(transport: Transport, nowMs: number): ServedConnection {
    return new ServedConnection(this.#manager, this.#addressBudgets, transport, nowMs);
  }

  /** When {@linkcode expire} has something to do next, or `Infinity`. */
  get nextDeadlineMs(): number {
    return this.#manager.nextDeadlineMs;
  }

  /** Does what has become due. */
  expire(nowMs: number): void {
    this.#manager.expire(nowMs);
  }
}

/** A connection that is served: what arrives on it goes in here. */
export class ServedConnection implements ResponseOutlet {
  readonly #manager: LeaseManager;
  readonly #addressBudgets: AddressByteBudgets;
  readonly #budget = new SessionByteBudget();
  #readBytes = 0;
  readonly #transport: Transport;
  readonly #stream = new JsonStream();
  /** `undefined` when the connection was refused. */
  readonly #session: Session | undefined;

  /** Made by {@linkcode Service.accept}. */
  constructor(
    manager: LeaseManager,
    addressBudgets: AddressByteBudgets,
    transport: Transport,
    nowMs: number,
  ) {
    this.#manager = manager;
    this.#addressBudgets = addressBudgets;
    this.#transport = transport;
    this.#session = manager.connect(this, nowMs);
  }

  get address(): Address {
    return this.#transport.address;
  }

  get hasRoom(): boolean {
    return this.#transport.hasRoom;
  }

  /** Whether it asked and has no final response yet, so that it may live long. */
  get stands(): boolean {
    return this.#session !== undefined && this.#session.stands;
  }

  send(response: Response): void {
    this.#transport.send(encodeResponse(response));
  }

  end(): void {
    this.#transport.end();
  }

  /**
   * How long to leave what has arrived where it is, in milliseconds. To be asked once before each
   * read: bytes are charged when they are read, so each reader of an address gets a later turn.
   *
   * A connection's first bytes wait for nobody: an address may be many people's, and how many come
   * has a rate of its own. No pause is so long that a connection's end would go unnoticed.
   */
  readPauseMs(nowMs: number): number {
    if (this.#readBytes < FREE_BYTES) return 0;
    const pauseMs = Math.max(
      this.#budget.delayMs(nowMs),
      this.#addressBudgets.delayMs(packAddress(this.address), nowMs),
    );
    return Math.min(pauseMs, MAX_READ_PAUSE_MS);
  }

  /** Takes bytes that were read; they are charged whether or not anybody listens. */
  read(bytes: Uint8Array, nowMs: number): void {
    this.#readBytes += bytes.length;
    this.#budget.spend(bytes.length, nowMs);
    this.#addressBudgets.spend(packAddress(this.address), bytes.length, nowMs);
    this.#manager.received(nowMs);
    const session = this.#session;
    if (session === undefined || !session.listens) return;
    for (const framed of this.#stream.push(bytes)) this.#take(session, framed, nowMs);
    session.pendingBytes = this.#stream.pendingBytes;
  }

  /** The peer sends no more. One that said nothing at all needs no answer. */
  finish(nowMs: number): void {
    this.#manager.received(nowMs);
    const session = this.#session;
    if (session === undefined || session.state === "ended") return;
    const isListening = session.request?.connectionType !== "Peer" && session.listens;
    if (isListening && this.#stream.partial) {
      this.#manager.malformed(
        session,
        `expected a whole request, received its first ${session.pendingBytes} bytes and then the end`,
        nowMs,
      );
    } else if (session.request === undefined) {
      this.#manager.disconnect(session, nowMs);
      this.end();
    } else {
      this.#manager.cancel(session, nowMs);
    }
  }

  /** All that was sent has left. */
  drain(nowMs: number): void {
    if (this.#session !== undefined) this.#manager.drain(this.#session, nowMs);
  }

  /** The connection is broken. */
  lose(nowMs: number): void {
    this.#manager.received(nowMs);
    if (this.#session !== undefined) this.#manager.disconnect(this.#session, nowMs);
  }

  #take(session: Session, framed: Framed, nowMs: number): void {
    const request = framed.ok ? decodeRequest(framed.value) : framed;
    if (request.ok) this.#manager.request(session, request.value, nowMs);
    else this.#manager.malformed(session, request.reason, nowMs);
  }
}
