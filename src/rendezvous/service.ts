/**
 * The service behind the sockets: bytes and time in, bytes out. Whoever drives it, the server or a
 * simulator, only carries bytes and rings when something is due.
 *
 * @module
 */

import type { Address, Endpoint } from "../address.ts";
import { decodeRegistration, decodeRequest } from "../protocol/decode.ts";
import { encodeResponse } from "../protocol/encode.ts";
import { type Framed, JsonStream } from "../protocol/json_stream.ts";
import type { Response } from "../protocol/message.ts";
import type { DatagramFate } from "./counters.ts";
import type { LeaseManager } from "./lease_manager.ts";
import type { Connection, Outlet, Session } from "./session.ts";

/** What the service needs of a TCP connection. */
export type Transport = Outlet<Uint8Array>;

/** Decodes, counts, frames, and notices the end of streams; the lease manager decides. */
export class Service {
  readonly #manager: LeaseManager;

  /** @param manager decides about what arrives, and is told of nothing by anybody else */
  constructor(manager: LeaseManager) {
    this.#manager = manager;
  }

  /** Takes a datagram that arrived from `source`. */
  receive(datagram: Uint8Array, source: Endpoint, nowMs: number): DatagramFate {
    const registration = decodeRegistration(datagram);
    return registration.ok
      ? this.#manager.register(registration.value, source, nowMs)
      : this.#manager.drop(registration.reason, source);
  }

  /** Takes a new connection, which may be refused at once. */
  accept(transport: Transport, nowMs: number): ServedConnection {
    return new ServedConnection(this.#manager, transport, nowMs);
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
export class ServedConnection implements Connection {
  readonly #manager: LeaseManager;
  readonly #transport: Transport;
  readonly #stream = new JsonStream();
  /** `undefined` when the connection was refused. */
  readonly #session: Session | undefined;

  /** Made by {@linkcode Service.accept}. */
  constructor(manager: LeaseManager, transport: Transport, nowMs: number) {
    this.#manager = manager;
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

  /** Takes bytes that arrived. */
  read(bytes: Uint8Array, nowMs: number): void {
    const session = this.#session;
    if (session === undefined || !session.listens) return;
    for (const framed of this.#stream.push(bytes)) this.#take(session, framed, nowMs);
  }

  /** The peer sends no more. One that said nothing at all needs no answer. */
  finish(nowMs: number): void {
    const session = this.#session;
    if (session === undefined || session.state === "ended") return;
    if (session.listens && this.#stream.partial) {
      this.#manager.malformed(session, "expected a whole request, received its start", nowMs);
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
    if (this.#session !== undefined) this.#manager.disconnect(this.#session, nowMs);
  }

  #take(session: Session, framed: Framed, nowMs: number): void {
    const request = framed.ok ? decodeRequest(framed.value) : framed;
    if (request.ok) this.#manager.request(session, request.value, nowMs);
    else this.#manager.malformed(session, request.reason, nowMs);
  }
}
