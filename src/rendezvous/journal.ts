/**
 * What happens, counted for everybody and told in words to whoever debugs.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf, formatEndpoint, isPrivate } from "../address.ts";
import type { PeerPort, Refusal, RegistrationFault } from "../protocol/message.ts";
import { Counters, type DatagramFate, type LimitName, type RequestType } from "./counters.ts";
import type { Session } from "./session.ts";
import { SoleSource } from "./sole_source.ts";

/** Values of an event, for a log that keeps them apart from its text. */
export type TraceValues = Readonly<Record<string, string | number>>;

/**
 * Told of what happens to each peer, for debugging; texts contain addresses.
 *
 * @param about whom and what, as values
 */
export type Trace = (event: string, about: TraceValues) => void;

/** How somebody arrived; only of a connection is the source sure. */
export type TransportName = "tcp" | "udp";

/** Why somebody was refused: for a limit, or for what was wrong with a message. */
export type RefusalClass = LimitName | RegistrationFault | "bad_request";

/** Told of each refusal that may be the answer to an abuse. */
export type AbuseWatch = (
  transport: TransportName,
  refusalClass: RefusalClass,
  address: Address,
) => void;

/** The one place that counts events; their texts are made only where somebody reads them. */
export class Journal {
  readonly counters = new Counters();
  readonly soleSource = new SoleSource();
  readonly #trace: Trace | undefined;
  readonly #abuse: AbuseWatch | undefined;

  /**
   * @param trace told of every event; leave it out where nobody reads it, texts cost time
   * @param abuse told of refusals that may answer an abuse
   */
  constructor(trace?: Trace, abuse?: AbuseWatch) {
    this.#trace = trace;
    this.#abuse = abuse;
  }

  /** A registration made a lease or renewed one. */
  registered(fate: "created" | "renewed", source: Endpoint, peerPort: PeerPort): void {
    this.counters.datagrams[fate]++;
    if (fate === "created") this.soleSource.note(source.address);
    this.#trace?.(`datagram from ${source.address}/${peerPort}: ${fate}`, {
      ...source,
      peer_port: numberOrText(peerPort),
      fate,
    });
  }

  /** A datagram was dropped for what it is or where it comes from. */
  dropped(
    fate: Exclude<DatagramFate, "created" | "renewed" | "over_limit">,
    source: Endpoint,
  ): void {
    this.#lost(fate, source);
    // Nobody can be banned by such a source.
    if (fate !== "bad_source") this.#abuse?.("udp", fate, source.address);
  }

  /** A datagram was dropped for a limit. */
  overLimit(limit: LimitName, source: Endpoint): void {
    this.#lost("over_limit", source);
    this.#abuse?.("udp", limit, source.address);
  }

  /** A limit was reached. */
  limitReached(name: LimitName): void {
    this.counters.countLimit(name);
  }

  /** A connection became a session. */
  connected({ address }: Session): void {
    this.counters.connections++;
    this.#trace?.(`${address} connected`, { address });
  }

  /**
   * A connection was refused.
   *
   * @param limit for which it was, if any
   */
  turnedAway(address: Address, { code, explanation }: Refusal, limit: LimitName | undefined): void {
    this.counters.refusals[code]++;
    if (limit !== undefined) this.#abuse?.("tcp", limit, address);
    this.#trace?.(`${address} is turned away with ${code}: ${explanation}`, { address, code });
  }

  /** A session that listens said something. */
  received(type: RequestType): void {
    this.counters.requests[type]++;
  }

  /** A session made its request. */
  asked(session: Session): void {
    const type = session.request?.connectionType;
    this.#trace?.(`${session.localName} asks as ${type}`, valuesOf(session));
  }

  /** A KeepAlive is answered. */
  keptAlive(): void {
    this.counters.keepAlivesAnswered++;
  }

  /** Two peers are told each other's endpoints, the host of a client first. */
  introduced(a: Session, b: Session, nowMs: number): void {
    const mode = a.request?.connectionType === "Server" ? "Client" : "Peer";
    const tookMs = nowMs - Math.max(a.requestMs, b.requestMs);
    this.counters.countIntroduction(mode, familyOf(a.address), tookMs);
    if (isPrivate(a.address) !== isPrivate(b.address)) this.counters.privateToPublic++;
    this.#trace?.(`introducing ${a.localName} and ${b.localName}`, {
      ...valuesOf(a),
      remote_address: b.address,
    });
  }

  /** A session is told that there will be no introduction. */
  refused(session: Session, { code, explanation }: Refusal): void {
    this.counters.refusals[code]++;
    if (code === "bad_request") this.#abuse?.("tcp", code, session.address);
    this.#trace?.(`${session.address} is told ${code}: ${explanation}`, {
      ...valuesOf(session),
      code,
    });
  }

  /** A session is over. */
  ended(session: Session): void {
    this.#trace?.(`session of ${session.address} ended`, valuesOf(session));
  }

  #lost(fate: DatagramFate, source: Endpoint): void {
    this.counters.datagrams[fate]++;
    this.#trace?.(`datagram from ${formatEndpoint(source)}: ${fate}`, { ...source, fate });
  }
}

function valuesOf({ address, request }: Session): TraceValues {
  return request === undefined
    ? { address }
    : { address, peer_port: numberOrText(request.localPeerPort) };
}

/** A PeerPort that is no exact number stays text, or its last digits would change. */
function numberOrText(peerPort: PeerPort): number | string {
  const number = Number(peerPort);
  return Number.isSafeInteger(number) ? number : peerPort.toString();
}
