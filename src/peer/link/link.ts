/**
 * One remote peer: finds a path to it, keeps the path open, notices when it is gone. A state machine
 * without sockets and clock: packets and times come in, what is to be done comes out.
 *
 * Each side chooses its own way out among the endpoints whose probes were answered: what is sent
 * there arrives. That both choose the same is usual but not needed.
 *
 * @module
 */

import { type Endpoint, isSameEndpoint } from "../../address.ts";
import { type Packet, PACKET_OVERHEAD_BYTES, type SealedPacket } from "../channel/packet.ts";
import type { SecureChannel } from "../channel/secure_channel.ts";
import { BASE_PACKET_BYTES, PROBE_PACE_MS } from "../limits.ts";
import type { Path } from "../path.ts";
import { Attempt } from "./attempt.ts";
import type { Candidate } from "./candidates.ts";
import { closeBody, readAnswer, readClose } from "./link_bodies.ts";
import { Farewell } from "./farewell.ts";
import type { LinkEnding, LinkOptions, LinkOutput } from "./link_events.ts";
import { FirstContact } from "./first_contact.ts";
import { noteUnfamiliar, shouldSwitch, type Turn } from "./probing.ts";
import type { State } from "./link_state.ts";
import { LINK_TIMES, type LinkTimes } from "./link_times.ts";
import { OpenPath } from "./open_path.ts";
import { Search } from "./search.ts";
import { Sender } from "./sender.ts";
import type { SeenOfRemote } from "./punch_report.ts";
import { Vigil } from "./vigil.ts";

/** The link to one remote peer. */
export class Link {
  /** Names it among the links of a socket. */
  readonly id: bigint;
  readonly #options: LinkOptions;
  readonly #times: LinkTimes;
  readonly #search: Search;
  readonly #attempt: Attempt;
  readonly #sender: Sender;
  #state: State;
  /** When a sealed packet last verified. */
  #heardMs: number;
  /** How long the other side took to show that it has the keys. */
  #handshakeMs = 0;
  #nextMs: number;
  /** The chosen keys, for what is counted with them. */
  #channel: SecureChannel | undefined;
  readonly #vigil: Vigil;

  /** Listens at once; sends when {@linkcode Link.setTurn} says so. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#times = options.times ?? LINK_TIMES;
    const onHeard = () => this.#sender.push({ kind: "heard" });
    this.#search = new Search(options.introduction, this.#times.keepAliveMs, onHeard);
    this.#sender = new Sender(this.#search.candidates);
    const contact = new FirstContact(options, this.#search, this.#sender);
    this.id = contact.id;
    this.#attempt = new Attempt(options, this.#search.candidates);
    this.#vigil = new Vigil(options.whenIdle, this.#times.checkAfterMs);
    this.#state = { kind: "meeting", contact };
    this.#heardMs = options.nowMs;
    this.#nextMs = options.nowMs;
  }

  /** When {@linkcode Link.expire} is to be called; `Infinity` once it is gone. */
  get nextDeadlineMs(): number {
    return this.#nextMs;
  }

  /** Whether three probes were missed and nothing was answered since. */
  get isSilent(): boolean {
    return this.#vigil.isSilent;
  }

  /** The path in use; `undefined` before one was found, and when the link is over. */
  get path(): Path | undefined {
    const inUse = this.#inUse;
    return inUse && { kind: inUse.kind, endpoint: inUse.endpoint };
  }

  /** Smoothed round-trip time of the path in use in milliseconds; at first, that of the handshake. */
  get roundTripMs(): number {
    return this.#inUse?.roundTripMs ?? this.#handshakeMs;
  }

  /** Largest datagram that is known to pass, or passes everywhere. */
  get maxDatagramBytes(): number {
    const packetBytes = this.#state.kind === "open"
      ? this.#state.over.packetBytes
      : BASE_PACKET_BYTES;
    return packetBytes - PACKET_OVERHEAD_BYTES;
  }

  /** Packets of the remote peer that did not come, or not yet. */
  get missing(): number {
    return this.#channel?.missing ?? 0;
  }

  /** Lets it send where nobody was heard, or knock there, or keeps it listening. */
  setTurn(turn: Turn, nowMs: number): readonly LinkOutput[] {
    this.#search.turn = turn;
    return this.#proceed(nowMs);
  }

  /** Sends what the application or a stream has, where there is a path. It is read in this call. */
  send(kind: "data" | "stream", body: Uint8Array, nowMs: number): readonly LinkOutput[] {
    const state = this.#state;
    if (state.kind !== "choosing" && state.kind !== "open") return this.#take();
    const { channel, path } = state;
    this.#vigil.sent(nowMs);
    if (state.kind === "open") state.over.used(body.length);
    this.#nextMs = Math.min(this.#nextMs, this.#vigil.nextMs(path));
    this.#sender.seal(channel, kind, body, path.endpoint);
    return this.#take();
  }

  /** Takes a packet that names this link. What is not genuine, or not fresh, changes nothing. */
  receive(packet: Packet, source: Endpoint, nowMs: number): readonly LinkOutput[] {
    switch (packet.kind) {
      case "hint":
        if (this.#state.kind === "open") this.#vigil.hinted(this.#state.path, nowMs);
        break;
      case "message 1":
      case "message 2":
      case "knock":
        if (this.#state.kind !== "meeting") break;
        if (this.#state.contact.receive(packet, source, nowMs) === "refused") {
          this.#close(nowMs, this.#options.refusal);
        }
        break;
      default:
        if (this.#receivesUsual(packet, source, nowMs)) return this.#take();
        this.#onSealed(packet, source, nowMs);
    }
    return this.#proceed(nowMs);
  }

  /** Whether something genuine came from an endpoint. */
  hasHeard(source: Endpoint): boolean {
    return this.#search.candidates.hasHeard(source);
  }

  /** Notes a datagram that is no packet. */
  receiveStrange(source: Endpoint): void {
    this.#attempt.receiveStrange(source);
  }

  /** Does what is due. */
  expire(nowMs: number): readonly LinkOutput[] {
    return this.#proceed(nowMs);
  }

  /**
   * Ends the link and tells the remote peer, if that is known to be there.
   *
   * @param reason what the remote application is to know
   */
  close(nowMs: number, reason?: string): readonly LinkOutput[] {
    this.#close(nowMs, reason);
    return this.#proceed(nowMs);
  }

  #close(nowMs: number, reason: string | undefined): void {
    const state = this.#state;
    if (state.kind === "closing" || state.kind === "gone") return;
    // A responder is the last to know that its keys are in use.
    const keys = state.kind === "meeting" ? state.contact.keys : [{ channel: state.channel }];
    const heard = [...this.#search.candidates].filter(({ heard }) => heard);
    const to = (state.kind === "meeting" ? heard : [state.path]).map(({ endpoint }) => endpoint);
    this.#sender.push({ kind: "ended", ending: { reason: "closed_here" } });
    const farewell = new Farewell(keys, to, reason, nowMs);
    if (keys.length === 0) this.#go();
    else this.#state = { kind: "closing", farewell };
  }

  /** Ends the link without a word: another has taken its place. */
  abandon(): void {
    this.#go();
    this.#take();
  }

  get #inUse(): Candidate | undefined {
    const state = this.#state;
    return state.kind === "choosing" || state.kind === "open" ? state.path : undefined;
  }

  /**
   * Takes what nearly every packet is: content over the path in use. All that it can change is
   * that something is due later, so the candidates need not be looked through.
   *
   * @returns whether it was one; else nothing changed
   */
  #receivesUsual(packet: SealedPacket, source: Endpoint, nowMs: number): boolean {
    const state = this.#state;
    if (state.kind !== "open" || packet.kind !== "data" && packet.kind !== "stream") return false;
    if (!isSameEndpoint(source, state.path.endpoint)) return false;
    const body = state.channel.open(packet, nowMs);
    if (body === undefined) return true;
    this.#heardMs = nowMs;
    this.#vigil.heard(nowMs);
    this.#sender.push(contentOutput(packet.kind, body));
    return true;
  }

  #onSealed(packet: SealedPacket, source: Endpoint, nowMs: number): void {
    if (this.#state.kind === "gone") return;
    const body = this.#unseal(this.#state, packet, source, nowMs);
    if (body === undefined) return;
    this.#heardMs = nowMs;
    this.#vigil.heard(nowMs);
    if (packet.kind === "close") return this.#onClose(body, source);
    if (this.#state.kind === "closing") return;
    if (packet.kind === "probe") this.#onProbe(packet.counter, source, nowMs);
    else if (packet.kind === "answer") this.#onAnswer(body, source, nowMs);
    else this.#onContent(packet.kind, body, source, nowMs);
  }

  /** @returns `undefined` when it is not genuine, or not fresh */
  #unseal(
    state: Exclude<State, { readonly kind: "gone" }>,
    packet: SealedPacket,
    source: Endpoint,
    nowMs: number,
  ): Uint8Array | undefined {
    switch (state.kind) {
      case "meeting":
        return this.#confirm(state.contact, packet, source, nowMs);
      case "closing":
        return state.farewell.open(packet, nowMs);
      default:
        return state.channel.open(packet, nowMs);
    }
  }

  /** The first sealed packet that verifies chooses the keys and, for the time being, the path. */
  #confirm(
    contact: FirstContact,
    packet: SealedPacket,
    source: Endpoint,
    nowMs: number,
  ): Uint8Array | undefined {
    const met = contact.open(packet, source, nowMs);
    if (met === undefined) return undefined;
    const { channel, path, handshakeMs, body } = met;
    if (packet.kind !== "close") this.#sender.push({ kind: "confirmed" });
    this.#search.begin(path, nowMs);
    this.#handshakeMs = handshakeMs;
    this.#channel = channel;
    const openAtMs = this.#search.useFromMs(path, nowMs);
    this.#state = { kind: "choosing", channel, path, openAtMs };
    return body;
  }

  #onProbe(counter: number, source: Endpoint, nowMs: number): void {
    const state = this.#state;
    if (state.kind !== "choosing" && state.kind !== "open") return;
    const candidate = this.#search.hear(source, state.path);
    this.#sender.answer(state.channel, counter, source);
    if (candidate.answeredMs === undefined) candidate.urgent = true;
    noteUnfamiliar(candidate, state.path, nowMs);
  }

  #onAnswer(body: Uint8Array, source: Endpoint, nowMs: number): void {
    const state = this.#state;
    const answer = readAnswer(body);
    if (answer === undefined || state.kind !== "choosing" && state.kind !== "open") return;
    if (state.kind === "open" && state.over.answered(answer.echo, nowMs) === "own probe") return;
    const candidate = this.#search.candidates.answer(source, answer.echo, nowMs);
    if (candidate === undefined) return;
    if (candidate.kind === "public") this.#options.ownNat.seenAs(answer.seen);
    if (this.#vigil.isSilent) this.#sender.push({ kind: "recovered" });
    this.#vigil.answered();
    const path = shouldSwitch(candidate, state.path) ? candidate : state.path;
    if (path !== state.path) this.#sender.push({ kind: "moved" });
    if (state.kind === "open") {
      state.over.moveTo(path, nowMs);
      this.#state = { ...state, path };
    } else {
      const openAtMs = this.#search.useFromMs(path, nowMs);
      this.#state = { ...state, path, openAtMs: Math.min(state.openAtMs, openAtMs) };
    }
  }

  #onContent(kind: "data" | "stream", body: Uint8Array, source: Endpoint, nowMs: number): void {
    const inUse = this.#inUse;
    if (inUse !== undefined && !isSameEndpoint(source, inUse.endpoint)) {
      noteUnfamiliar(this.#search.hear(source, inUse), inUse, nowMs);
    }
    this.#sender.push(contentOutput(kind, body));
  }

  #onClose(body: Uint8Array, source: Endpoint): void {
    const state = this.#state;
    const said = readClose(body);
    if (state.kind === "choosing" || state.kind === "open") {
      this.#sender.seal(state.channel, "close", closeBody(), source);
      this.#over(
        state.kind === "open"
          ? { reason: "closed_by_remote", ...said === undefined ? {} : { said } }
          : this.#attempt.closed(said),
      );
    }
    this.#go();
  }

  /** Does what is due, and finds out when to look again. */
  #proceed(nowMs: number): readonly LinkOutput[] {
    this.#nextMs = this.#act(nowMs);
    return this.#take();
  }

  #act(nowMs: number): number {
    if (this.#state.kind === "choosing" && nowMs >= this.#state.openAtMs) {
      this.#open(this.#state, nowMs);
    }
    const state = this.#state;
    switch (state.kind) {
      case "gone":
        return Infinity;
      case "closing":
        return this.#notify(state, nowMs);
      case "open":
        return this.#watch(state, nowMs);
    }
    const deadlineMs = this.#options.nowMs + this.#times.punchTimeoutMs;
    if (nowMs >= deadlineMs) return this.#over(this.#attempt.failed(this.#seen, this.#times));
    const openAtMs = state.kind === "choosing" ? state.openAtMs : Infinity;
    return Math.min(deadlineMs, openAtMs, this.#probe(nowMs));
  }

  #open({ channel, path }: State & { readonly kind: "choosing" }, nowMs: number): void {
    const over = new OpenPath(path, this.#handshakeMs, nowMs);
    this.#state = { kind: "open", channel, path, over };
    this.#sender.push({ kind: "opened" });
  }

  /** Looks whether the other side is still there. */
  #watch(state: State & { readonly kind: "open" }, nowMs: number): number {
    const lostMs = this.#heardMs + this.#times.lostAfterMs;
    if (nowMs >= lostMs) return this.#over({ reason: "lost" });
    const seen = this.#vigil.look(state.path, nowMs);
    if (seen === "silent") this.#sender.push({ kind: "silent" });
    if (this.#vigil.suspicion === "unheard") state.over.doubt(nowMs);
    this.#sender.probeSize(state.channel, state.path, state.over, this.#heardMs, nowMs);
    for (const news of state.over.takeNews(nowMs)) this.#sender.push({ kind: "news", news });
    const probeMs = this.#probe(nowMs);
    return Math.min(lostMs, probeMs, this.#vigil.nextMs(state.path), state.over.nextMs);
  }

  /** Sends the packet that is due, if any. @returns when to look again */
  #probe(nowMs: number): number {
    const next = this.#search.next(this.#inUse, this.#vigil.suspicion, nowMs);
    if ("atMs" in next) return next.atMs;
    this.#address(next.candidate, nowMs);
    return nowMs + PROBE_PACE_MS;
  }

  /** Sends a candidate what it is to hear in this state. */
  #address(candidate: Candidate, nowMs: number): void {
    const state = this.#state;
    if (state.kind === "meeting") state.contact.address(candidate, nowMs);
    else if (state.kind === "choosing" || state.kind === "open") {
      this.#sender.probe(state.channel, candidate, nowMs);
    }
  }

  /** Tells the remote peer of the close, on the path in use or where it was heard. */
  #notify({ farewell }: State & { readonly kind: "closing" }, nowMs: number): number {
    return this.#sender.notify(farewell, nowMs) === "over" ? this.#go() : farewell.nextMs;
  }

  get #seen(): SeenOfRemote {
    const state = this.#state;
    if (state.kind === "meeting" && state.contact.isOtherSecret) return "another secret";
    return this.#search.isHeard ? "its packets" : "nothing";
  }

  #over(ending: LinkEnding): number {
    if (this.#state.kind !== "gone" && this.#state.kind !== "closing") {
      this.#sender.push({ kind: "ended", ending });
    }
    return this.#go();
  }

  #go(): number {
    if (this.#state.kind !== "gone") this.#sender.push({ kind: "gone" });
    this.#state = { kind: "gone" };
    return Infinity;
  }

  #take(): readonly LinkOutput[] {
    if (this.#sender.areKeysUsedUp) this.#nextMs = this.#over({ reason: "lost" });
    return this.#sender.take();
  }
}

function contentOutput(kind: "data" | "stream", body: Uint8Array): LinkOutput {
  return kind === "data" ? { kind: "datagram", datagram: body } : { kind, body };
}
