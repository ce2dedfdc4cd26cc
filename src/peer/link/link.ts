/**
 * One remote peer: finds a path to it, keeps the path open, notices when it is gone. A state machine
 * without sockets; packets and time come in, packets go out.
 *
 * Each side chooses its own way out among the endpoints whose probes were answered: what is sent
 * there arrives. That both choose the same is usual but not needed.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import {
  CLOSE_NOTICE_INTERVAL_MS,
  CLOSE_NOTICES,
  LINK_LOST_MS,
  PROBE_EAGER_MS,
  PROBE_PACE_MS,
  PUNCH_TIMEOUT_MS,
} from "../limits.ts";
import { LinkCrypto } from "../channel/link_crypto.ts";
import type { LinkEnding, LinkOptions } from "./link_options.ts";
import { type Packet, readAnswer } from "../channel/packet.ts";
import { graceMs, nextProbe, noteUnfamiliar, shouldSwitch } from "./probing.ts";
import { punchFailure, reportPunch } from "./punch_report.ts";
import type { Path } from "../path.ts";

/** `closing`: over for its user, while the remote peer is being told. */
type State = "punching" | "open" | "closing" | "gone";

/** The link to one remote peer. */
export class Link {
  readonly #options: LinkOptions;
  readonly #crypto: LinkCrypto;
  readonly #candidates: Candidates;
  readonly #startedMs: number;
  #state: State = "punching";
  #current: Candidate | undefined;
  #openAtMs = Infinity;
  #heardMs: number;
  #lastProbeMs = -Infinity;
  #noticesLeft = CLOSE_NOTICES;
  #cancelTimer: (() => void) | undefined;

  /** Starts to punch at once. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#crypto = new LinkCrypto(options.pairKey, options.secrets);
    this.#candidates = new Candidates(options.introduction);
    this.#startedMs = options.clock.nowMs();
    this.#heardMs = this.#startedMs;
    this.#arm(this.#startedMs);
  }

  /** Where packets of this link can be told from others. */
  get connectionId(): number {
    return this.#crypto.connectionId;
  }

  /** Whether datagrams can be sent. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** The path in use; `undefined` before one was found. */
  get path(): Path | undefined {
    if (this.#current === undefined) return undefined;
    const { kind, endpoint } = this.#current;
    return { kind, endpoint };
  }

  /** Smoothed round-trip time of the path in use, in milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#current?.roundTripMs;
  }

  /** Sends a datagram. Only while open. */
  send(datagram: Uint8Array): Promise<void> {
    const { endpoint } = this.#current as Candidate;
    return this.#options.transmit(this.#crypto.seal("data", datagram), endpoint);
  }

  /** Takes a packet that names this link. What is not genuine, or not fresh, changes nothing. */
  receive(packet: Packet, bytes: Uint8Array, source: Endpoint): void {
    if (this.#state === "gone" || !this.#crypto.accept(packet, bytes)) return;
    const nowMs = this.#options.clock.nowMs();
    if (this.#crypto.settled) this.#heardMs = nowMs;
    switch (packet.kind) {
      case "probe":
        return this.#onProbe(packet.sequence, source, nowMs);
      case "answer":
        return this.#onAnswer(packet.body, source, nowMs);
      case "data":
        return this.#onData(packet.body, source, nowMs);
      case "close":
        return this.#onClose(source);
    }
  }

  /** Ends the link and tells the remote peer, if that is known to be there. */
  close(): void {
    if (this.#state !== "punching" && this.#state !== "open") return;
    this.#state = this.#crypto.canSeal ? "closing" : "gone";
    this.#options.onEnd({ reason: "closed_here" });
    this.#arm(this.#options.clock.nowMs());
  }

  #onProbe(sequence: number, source: Endpoint, nowMs: number): void {
    if (this.#state === "closing") return;
    const candidate = this.#candidates.hear(source);
    this.#options.transmit(this.#crypto.answer(sequence, source), source);
    if (candidate.answeredMs === undefined) candidate.urgent = true;
    if (this.#state === "open") noteUnfamiliar(candidate, this.#current as Candidate, nowMs);
    this.#arm(nowMs);
  }

  #onAnswer(body: Uint8Array, source: Endpoint, nowMs: number): void {
    const { echo, seen } = readAnswer(body);
    const candidate = this.#candidates.answer(source, echo, nowMs);
    if (candidate === undefined || this.#state === "closing") return;
    if (candidate.kind === "public") this.#options.ownNat.seenAs(seen);
    if (shouldSwitch(candidate, this.#current)) this.#current = candidate;
    if (this.#state === "punching") {
      const openAtMs = nowMs + graceMs(candidate, this.#candidates.hopesForLocal);
      this.#openAtMs = Math.min(this.#openAtMs, openAtMs);
    }
    this.#arm(nowMs);
  }

  #onData(datagram: Uint8Array, source: Endpoint, nowMs: number): void {
    if (this.#state === "closing") return;
    if (!isSameEndpoint(source, this.#current?.endpoint)) this.#onUnfamiliar(source, nowMs);
    this.#options.onDatagram(datagram);
  }

  /** Genuine data from elsewhere than the path in use: that endpoint may answer as well. */
  #onUnfamiliar(source: Endpoint, nowMs: number): void {
    const candidate = this.#candidates.hear(source);
    if (candidate.answeredMs !== undefined) return;
    if (this.#state === "open") noteUnfamiliar(candidate, this.#current as Candidate, nowMs);
    this.#arm(nowMs);
  }

  #onClose(source: Endpoint): void {
    if (this.#state !== "closing") {
      this.#options.transmit(this.#crypto.seal("close"), source);
      this.#endBy(
        this.#state === "open"
          ? { reason: "closed_by_remote" }
          : this.#punchFailure("the remote peer closed the connection before it was open"),
      );
    }
    this.#go();
  }

  /** Does what is due, then sets the timer for what is next. */
  #arm(nowMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#state === "punching" && nowMs >= this.#openAtMs) this.#open(nowMs);
    const nextMs = this.#act(nowMs);
    if (nextMs === undefined) return this.#go();
    const { clock } = this.#options;
    this.#cancelTimer = clock.schedule(nextMs - nowMs, () => this.#arm(clock.nowMs()));
  }

  /** @returns when to act next, or `undefined` when all is done */
  #act(nowMs: number): number | undefined {
    if (this.#state === "gone") return undefined;
    if (this.#state === "closing") return this.#notify(nowMs);
    const deadlineMs = this.#state === "open"
      ? this.#heardMs + LINK_LOST_MS
      : this.#startedMs + PUNCH_TIMEOUT_MS;
    if (nowMs >= deadlineMs) {
      this.#endBy(this.#state === "open" ? { reason: "lost" } : this.#punchFailure());
      return undefined;
    }
    return Math.min(deadlineMs, this.#openAtMs, this.#probe(nowMs));
  }

  /** Sends the probe that is due, if any. @returns when to look again */
  #probe(nowMs: number): number {
    const current = this.#state === "open" ? this.#current : undefined;
    const elapsedMs = nowMs - this.#startedMs;
    const next = nextProbe(this.#candidates, current, elapsedMs, nowMs);
    const dueMs = Math.max(next.dueMs, this.#lastProbeMs + PROBE_PACE_MS);
    if (dueMs > nowMs) return dueMs;
    const { sequence, bytes } = this.#crypto.probe();
    this.#candidates.probe(next.candidate, sequence, nowMs);
    this.#lastProbeMs = nowMs;
    this.#options.transmit(bytes, next.candidate.endpoint);
    return nowMs + PROBE_PACE_MS;
  }

  /** Local candidates are tried a little longer: a slow one still beats a quick public path. */
  #open(nowMs: number): void {
    this.#state = "open";
    this.#openAtMs = Infinity;
    for (const candidate of this.#candidates) {
      if (candidate.kind === "local") candidate.checkUntilMs = nowMs + PROBE_EAGER_MS;
    }
    this.#options.onOpen();
  }

  /** Tells the remote peer of the close, on the path in use and where it was heard last. */
  #notify(nowMs: number): number | undefined {
    if (this.#noticesLeft-- === 0) return undefined;
    const heard = [...this.#candidates].filter(({ heard }) => heard);
    for (const { endpoint } of this.#current === undefined ? heard : [this.#current]) {
      this.#options.transmit(this.#crypto.seal("close"), endpoint);
    }
    return nowMs + CLOSE_NOTICE_INTERVAL_MS;
  }

  #punchFailure(event?: string): LinkEnding {
    const { introduction, ownNat, remoteName } = this.#options;
    const error = punchFailure(
      remoteName,
      reportPunch(introduction, this.#candidates, ownNat),
      event,
    );
    return { reason: "punch_failed", error };
  }

  #endBy(ending: LinkEnding): void {
    this.#state = "gone";
    this.#options.onEnd(ending);
  }

  #go(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#state = "gone";
    this.#options.onGone();
  }
}

function isSameEndpoint(a: Endpoint, b: Endpoint | undefined): boolean {
  return b !== undefined && a.port === b.port && a.address === b.address;
}
