/**
 * One UDP socket of a peer, through which the packets of all its links come and go.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { DeadlineHeap } from "../../async/deadline_heap.ts";
import type { Introduction } from "../../protocol/message.ts";
import { LinkKeys } from "../channel/link_keys.ts";
import { decodePacket, idOf } from "../channel/packet.ts";
import { ImpatienceError, PeerError } from "../errors.ts";
import { Link } from "../link/link.ts";
import type { LinkOutput } from "../link/link_events.ts";
import { OwnNat } from "../link/punch_report.ts";
import type { Platform, UdpSocket } from "../platform/platform.ts";
import { MAX_REFUSALS, MAX_STRANGE_LINKS, MAX_WAITING_LINKS, REFUSAL_MS } from "../limits.ts";
import { Carrier, type CarrierSocket, type Outcome, type Purpose } from "./carrier.ts";
import { type Connection, NO_PATH, type Passage } from "./connection.ts";
import { type ConnectOptions, Conversation } from "./conversation.ts";
import { Conversations } from "./conversations.ts";
import type { ConnectionWorld } from "./connection_streams.ts";
import { EarlyPackets } from "./early_packets.ts";
import { linkTermsOf } from "./link_terms.ts";
import { MAX_HELD_BYTES } from "../stream/limits.ts";
import { MemoryPool } from "../stream/memory_pool.ts";
import { SocketPair } from "./socket_pair.ts";
import { type Change, Turns } from "./turns.ts";
import { UnknownLinks } from "./unknown_links.ts";

/** The socket and its links. */
export class PeerSocket {
  readonly #platform: Platform;
  readonly #sockets: SocketPair;
  readonly #carriers = new Map<bigint, Carrier>();
  /** Those of the carriers: hosts have thousands that are idle beside a few that are due all the time. */
  readonly #deadlines = new DeadlineHeap<Carrier>();
  readonly #conversations = new Conversations();
  readonly #turns = new Turns<Carrier>();
  /** Of the turns, in their order; not empty while one is performed. */
  readonly #changes: Change<Carrier>[] = [];
  readonly #unknown = new UnknownLinks();
  readonly #early = new EarlyPackets();
  readonly #carrierSocket: CarrierSocket;
  readonly #ownNat: OwnNat;
  readonly #world: ConnectionWorld;
  #isReading = false;
  #refusals = 0;
  #isRetired = false;
  #armedMs = Infinity;
  #cancelTimer: (() => void) | undefined;

  /**
   * Takes sockets over.
   *
   * @param local where it is inside its own network
   * @param side another one, in this machine's other networks
   */
  constructor(platform: Platform, udp: UdpSocket, local: Endpoint, side?: UdpSocket) {
    this.#platform = platform;
    this.#sockets = new SocketPair(udp, side);
    this.#ownNat = new OwnNat(local.port, [local]);
    this.#world = {
      nowMs: () => platform.clock.nowMs(),
      random: () => fraction(platform.secrets.randomBytes(4)),
      memory: new MemoryPool(MAX_HELD_BYTES),
    };
    this.#carrierSocket = {
      nowMs: () => platform.clock.nowMs(),
      transmit: (packet, to) => this.#sockets.send(packet, to),
      run: (carrier, work) => this.#run(carrier, work),
      onHeard: (carrier) => this.#share(this.#turns.remove(carrier, platform.clock.nowMs())),
      onGone: (carrier) => this.#forget(carrier),
    };
  }

  /**
   * Reads what arrives from now on, and tells strangers who speak of a link that there is none. The
   * first link does so by itself; whoever is registered says it, since it may have been restarted.
   */
  listen(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const udp of this.#sockets.all) this.#read(udp);
  }

  /**
   * Opens a connection to a remote peer that the server has introduced.
   *
   * @param patienceMs after which it is given up without a word to the remote peer
   * @throws {PeerError} `punch_failed`, an {@linkcode ImpatienceError} where patience was short
   */
  async connect(
    introduction: Introduction,
    remoteName: string,
    options: ConnectOptions,
    patienceMs?: number,
  ): Promise<Connection> {
    return (await this.#meet(introduction, remoteName, options, undefined, patienceMs))
      .conversation;
  }

  /**
   * Opens a connection to a client that the server has introduced, as a host does.
   *
   * @returns `undefined` when the client is that of a connection which goes on
   * @throws {PeerError} `punch_failed`
   */
  async accept(
    introduction: Introduction,
    remoteName: string,
    options: ConnectOptions,
  ): Promise<Connection | undefined> {
    const { kind, conversation } = await this.#meet(introduction, remoteName, options, undefined);
    return kind === "new" ? conversation : undefined;
  }

  /**
   * Lets a connection go on with a peer that was introduced again, whichever socket it had before.
   *
   * @param patienceMs after which it is given up without a word to the remote peer
   * @throws {PeerError} `punch_failed`, an {@linkcode ImpatienceError} where patience was short
   * @throws {TypeError} when the connection is none of this library
   */
  async renew(
    connection: Connection,
    introduction: Introduction,
    patienceMs?: number,
  ): Promise<void> {
    if (!(connection instanceof Conversation)) {
      throw new TypeError("Cannot renew a connection: expected one of connect or accept");
    }
    const { remoteName, options } = connection;
    await this.#meet(introduction, remoteName, options, connection, patienceMs);
  }

  /** Closes all links with notice, and connections that wait for one; then the socket. */
  async close(): Promise<void> {
    const waiting = [...this.#conversations].filter(({ hasLink }) => !hasLink);
    const links = [...this.#carriers.values()].map((carrier) => carrier.closeAll());
    await Promise.all([...waiting.map((one) => one.close()), ...links]);
    this.#cancelTimer?.();
    this.#sockets.close();
  }

  /** Closes it once it has no link any more. */
  retire(): void {
    this.#isRetired = true;
    if (this.#carriers.size === 0) this.close();
  }

  async #meet(
    introduction: Introduction,
    remoteName: string,
    options: ConnectOptions,
    renewed: Conversation | undefined,
    patienceMs?: number,
  ): Promise<Outcome> {
    const among = options.conversations ?? this.#conversations;
    const purpose = { introduction, remoteName, options, among, world: this.#world, renewed };
    const { acceptance } = options;
    if (renewed === undefined && acceptance !== undefined) {
      this.#hush(purpose);
      const judgement = await acceptance.judge(introduction, remoteName);
      if (judgement.verdict === "ignore") throw judgement.error;
      if (judgement.verdict === "refuse") return await this.#refuse(purpose, judgement.error);
    }
    const carrier = this.#carry(purpose);
    among.watch(carrier);
    this.#share(this.#turns.add(carrier, introduction.dest.address, this.#nowMs));
    this.#takeEarly(carrier);
    if (patienceMs === undefined) return await carrier.outcome;
    const giveUp = () => carrier.giveUp(new ImpatienceError(remoteName));
    const cancel = this.#platform.clock.schedule(patienceMs, giveUp);
    return await carrier.outcome.finally(cancel);
  }

  /** While the user is asked nothing is sent, not even a hint. */
  #hush({ introduction, remoteName, options: { mode } }: Purpose): void {
    const { pairKey } = linkTermsOf(mode, introduction, remoteName);
    this.listen();
    this.#unknown.end(idOf(new LinkKeys(pairKey, NO_SECRET).id), this.#nowMs);
  }

  #carry(purpose: Purpose, refusal?: string): Carrier {
    const link = this.#newLink(purpose, refusal);
    const carrier = new Carrier(this.#carrierSocket, link, purpose);
    this.listen();
    this.#carriers.set(link.id, carrier);
    this.#schedule(carrier);
    return carrier;
  }

  #takeEarly(carrier: Carrier): void {
    const { link } = carrier;
    const early = this.#early.take(link.id, this.#nowMs);
    if (early === undefined) return;
    this.#run(carrier, () => link.receive(early.packet, early.source, this.#nowMs));
  }

  /**
   * Tells a peer that it is not wanted: a few packets open the way for its own, and the first of these
   * is answered with a handshake and the close. Of too many at a time most are ignored.
   *
   * @returns what comes of a peer that proves to be that of a connection which lasts: it was accepted
   * @throws why it is not wanted
   */
  async #refuse(purpose: Purpose, error: unknown): Promise<Outcome> {
    if (this.#refusals >= MAX_REFUSALS) throw error;
    this.#refusals++;
    const carrier = this.#carry(purpose, NO_REASON);
    const nowMs = this.#nowMs;
    this.#run(carrier, () => carrier.link.setTurn("knocks", nowMs));
    this.#takeEarly(carrier);
    const cancel = this.#platform.clock.schedule(REFUSAL_MS, () => carrier.close());
    try {
      return await carrier.outcome;
    } catch {
      await carrier.gone;
      throw error;
    } finally {
      cancel();
      this.#refusals--;
    }
  }

  #newLink({ introduction, remoteName, options, among, renewed }: Purpose, refusal?: string): Link {
    const { mode, secret = NO_SECRET, meetAgain } = options;
    const resumption = renewed?.resumption;
    return new Link({
      introduction,
      ...linkTermsOf(mode, introduction, remoteName),
      secret,
      remoteName,
      random: (length) => this.#platform.secrets.randomBytes(length),
      ownNat: this.#ownNat,
      resumption,
      refusal,
      times: options.times,
      findResumption: (name) =>
        resumption === undefined
          ? among.find(name)
          : resumption.isNamed(name)
          ? resumption
          : undefined,
      whenIdle: meetAgain === undefined ? "rest" : "look",
      nowMs: this.#nowMs,
    });
  }

  get #nowMs(): number {
    return this.#platform.clock.nowMs();
  }

  /**
   * Lets links send, or only listen. One that is over by then gives its turn to the next, which may be
   * over as well, and so on through thousands: each is looked at when the one before is done with.
   */
  #share(change: Change<Carrier>): void {
    this.#changes.push(change);
    if (this.#changes.length > 1) return;
    try {
      for (const next of this.#changes) this.#perform(next);
    } finally {
      this.#changes.length = 0;
    }
    this.#arm(this.#turns.nextDeadlineMs);
  }

  #perform({ gained, lost, evicted }: Change<Carrier>): void {
    const nowMs = this.#nowMs;
    for (const carrier of lost) this.#run(carrier, () => carrier.link.setTurn("waits", nowMs));
    for (const carrier of gained) this.#run(carrier, () => carrier.link.setTurn("has", nowMs));
    for (const carrier of evicted) carrier.fail(tooManyWait());
  }

  #run(carrier: Carrier, work: () => readonly LinkOutput[]): Promise<Passage> {
    let sent = NO_PATH;
    try {
      sent = carrier.perform(work());
    } catch (error) {
      carrier.fail(error);
    }
    this.#schedule(carrier);
    return sent;
  }

  #schedule(carrier: Carrier): void {
    if (this.#carriers.get(carrier.link.id) !== carrier) return;
    this.#deadlines.set(carrier, carrier.nextDeadlineMs);
    this.#arm(carrier.deadlineMs);
  }

  #forget(carrier: Carrier): void {
    if (this.#carriers.get(carrier.link.id) !== carrier) return;
    this.#carriers.delete(carrier.link.id);
    this.#deadlines.clear(carrier);
    this.#unknown.end(carrier.link.id, this.#nowMs);
    this.#share(this.#turns.remove(carrier, this.#nowMs));
    if (this.#isRetired) this.retire();
  }

  /** One timer for all links: it goes off when the first of them has something to do. */
  #arm(atMs: number): void {
    if (atMs >= this.#armedMs) return;
    this.#cancelTimer?.();
    this.#armedMs = atMs;
    this.#cancelTimer = this.#platform.clock.schedule(atMs - this.#nowMs, () => this.#expire());
  }

  #expire(): void {
    this.#armedMs = Infinity;
    const nowMs = this.#nowMs;
    if (nowMs >= this.#turns.nextDeadlineMs) this.#share(this.#turns.rotate(nowMs));
    for (const carrier of this.#takeDue(nowMs)) {
      if (nowMs >= carrier.nextDeadlineMs) carrier.expire(nowMs);
      else this.#schedule(carrier);
    }
    this.#arm(Math.min(this.#turns.nextDeadlineMs, this.#deadlines.first?.deadlineMs ?? Infinity));
  }

  /** Each once, even if what is done about one leaves it due. */
  #takeDue(nowMs: number): Carrier[] {
    const due: Carrier[] = [];
    for (;;) {
      const { first } = this.#deadlines;
      if (first === undefined || first.deadlineMs > nowMs) return due;
      this.#deadlines.clear(first);
      due.push(first);
    }
  }

  async #read(udp: UdpSocket): Promise<void> {
    for await (const { bytes, source } of udp) this.#receive(bytes, source, udp);
  }

  #receive(bytes: Uint8Array, source: Endpoint, udp: UdpSocket): void {
    const packet = decodePacket(bytes);
    if (packet === undefined) {
      if (this.#carriers.size > MAX_STRANGE_LINKS) return;
      for (const { link } of this.#carriers.values()) link.receiveStrange(source);
      return;
    }
    const nowMs = this.#nowMs;
    const carrier = this.#carriers.get(packet.id);
    if (carrier !== undefined) {
      this.#run(carrier, () => carrier.link.receive(packet, source, nowMs));
      if (this.#sockets.isNew(source) && carrier.link.hasHeard(source)) {
        this.#sockets.heard(source, udp);
      }
      return;
    }
    this.#early.keep(packet, source, nowMs);
    const hint = this.#unknown.hintFor(packet, nowMs);
    if (hint !== undefined) udp.send(hint, source);
  }
}

/** At least 0 and less than 1. */
function fraction(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}

const NO_SECRET = new Uint8Array(0);

/** A refused peer is told that it is refused, and not why. */
const NO_REASON = "";

function tooManyWait(): PeerError {
  return new PeerError(
    "punch_failed",
    `Cannot meet more peers now: expected at most ${MAX_WAITING_LINKS} that wait, received more`,
  );
}
