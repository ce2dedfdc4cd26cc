/**
 * A connection from the inside: it goes over one link after the other.
 *
 * @module
 */

import { Queue } from "../../async/queue.ts";
import type { Introduction, Mode } from "../../protocol/message.ts";
import type { Resumption } from "../channel/resumption.ts";
import { type Claims, readClaims } from "../claims.ts";
import { PeerError } from "../errors.ts";
import type { ConnectionEvent, ConnectionNews } from "../events.ts";
import { BASE_DATAGRAM_BYTES, MAX_QUEUED_DATAGRAMS } from "../limits.ts";
import type { LinkEnding } from "../link/link_events.ts";
import type { LinkTimes } from "../link/link_times.ts";
import type { LinkNews } from "../link/news.ts";
import type { Role } from "../channel/link_keys.ts";
import { isSamePath, type Path } from "../path.ts";
import type { Acceptance } from "./acceptance.ts";
import {
  type Connection,
  type ConnectionCounters,
  type ConnectionEnding,
  NO_PATH,
  type OpenStreamOptions,
  type Passage,
} from "./connection.ts";
import {
  ConnectionStreams,
  type ConnectionWorld,
  type StreamCarriage,
} from "./connection_streams.ts";
import { DatagramRoom } from "./datagram_room.ts";
import type { Conversations } from "./conversations.ts";
import type { PeerStream } from "./peer_stream.ts";
import { type MeetAgain, Reunion } from "./reunion.ts";
import { Tally } from "./tally.ts";
import { checkDatagram, checkReason, checkSignal } from "./user_input.ts";

/** How a remote peer is met. */
export interface ConnectOptions {
  /** As what this peer asked the server: both sides know from it who begins. */
  readonly mode: Mode;
  /** The users' own secret; default: none. */
  readonly secret?: Uint8Array;
  /** Told of what happens to the connection. What it throws ends that connection. */
  readonly onEvent?: (event: ConnectionEvent) => void;
  /** Asked whether the remote peer is wanted, before anything is sent to it; default: it is. */
  readonly acceptance?: Acceptance | undefined;
  /** Default: what suits most. */
  readonly times?: LinkTimes;
  /** Has the peers introduced again when this side finds the remote one silent. */
  readonly meetAgain?: MeetAgain;
  /** Of a host: its connections over all of its sockets; default: those of this socket. */
  readonly conversations?: Conversations;
}

/** The link under a conversation, with the socket that it sends from. */
export interface Carriage extends StreamCarriage {
  readonly link: StreamCarriage["link"] & {
    readonly path: Path | undefined;
    readonly missing: number;
  };
  send(datagram: Uint8Array): Promise<Passage>;
  /** Closes the link with notice; resolves when nothing of it remains to be done. */
  close(reason?: string): Promise<void>;
  /** Forgets the link without notice. */
  abandon(): void;
}

/** What a conversation is made of. */
export interface ConversationParts {
  readonly introduction: Introduction;
  readonly remoteName: string;
  readonly options: ConnectOptions;
  readonly among: Conversations;
  readonly world: ConnectionWorld;
}

/** What both sides agreed on when they first met. */
export interface FirstAgreement {
  readonly role: Role;
  readonly resumption: Resumption;
  readonly fingerprint: string;
}

/** See {@linkcode Connection}. */
export class Conversation implements Connection {
  readonly introduction: Introduction;
  readonly remoteName: string;
  readonly fingerprint: string;
  readonly ended: Promise<ConnectionEnding>;
  readonly #claims: Claims;
  readonly #options: ConnectOptions;
  readonly #among: Conversations;
  readonly #room: DatagramRoom;
  readonly #received: Queue<Uint8Array>;
  readonly #streams: ConnectionStreams;
  readonly #ending = Promise.withResolvers<ConnectionEnding>();
  #resumption: Resumption;
  #carriage: Carriage | undefined;
  /** Of the last link, where there is none. */
  #last: { readonly path: Path; readonly roundTripMs: number };
  /** Of the link that did not resume, while a restart is owed. */
  #restartRole: Role | undefined;
  #restartCount = 0;
  readonly #tally = new Tally();
  readonly #reunion: Reunion;
  /** What the user knows of the path. */
  #toldPath: Path | undefined;
  #isOver = false;
  #closeReason: string | undefined;

  /**
   * @param among gets it, until it is over
   * @param carriage over which a sealed packet was just heard, on `path`
   */
  constructor(
    { introduction, remoteName, options, among, world }: ConversationParts,
    { role, resumption, fingerprint }: FirstAgreement,
    carriage: Carriage,
    path: Path,
  ) {
    this.#options = options;
    this.#reunion = new Reunion(options.meetAgain);
    this.#among = among;
    this.#room = new DatagramRoom(world.memory.share());
    this.#received = new Queue(MAX_QUEUED_DATAGRAMS, undefined, this.#room);
    this.introduction = withoutPairKey(introduction);
    this.remoteName = remoteName;
    this.#claims = readClaims(introduction.extension?.destNote);
    this.fingerprint = fingerprint;
    this.ended = this.#ending.promise;
    this.#resumption = resumption;
    this.#carriage = carriage;
    this.#last = { path, roundTripMs: carriage.link.roundTripMs };
    this.#streams = new ConnectionStreams(world, remoteName, role, carriage, (error) => {
      this.fail(error);
      carriage.close();
    });
    among.add(this);
  }

  /** How its next link is made. */
  get options(): ConnectOptions {
    return this.#options;
  }

  /** No field: JSON has no words for a PeerPort of 64 bits. */
  get claims(): Claims {
    return this.#claims;
  }

  get path(): Path {
    return this.#carriage?.link.path ?? this.#last.path;
  }

  get roundTripMs(): number {
    return this.#carriage?.link.roundTripMs ?? this.#last.roundTripMs;
  }

  get maxDatagramBytes(): number {
    return this.#carriage?.link.maxDatagramBytes ?? BASE_DATAGRAM_BYTES;
  }

  get counters(): ConnectionCounters {
    return this.#tally.counters(this.#carriage?.link.missing ?? 0);
  }

  get droppedCount(): number {
    return this.#received.droppedCount;
  }

  get closeReason(): string | undefined {
    return this.#closeReason;
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  /** What a later link resumes. */
  get resumption(): Resumption {
    return this.#resumption;
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it goes over a link now. */
  get hasLink(): boolean {
    return this.#carriage !== undefined;
  }

  /** Whether the link that it goes over still answers. */
  get isAnswered(): boolean {
    return this.#carriage !== undefined && !this.#carriage.link.isSilent;
  }

  send(datagram: Uint8Array): Promise<Passage> {
    if (this.#isOver) {
      return Promise.reject(
        new PeerError("cancelled", `Cannot send to ${this.remoteName}: the connection is over`),
      );
    }
    try {
      checkDatagram(datagram);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#carriage === undefined) return NO_PATH;
    this.#tally.sent(datagram.length);
    return this.#carriage.send(datagram);
  }

  async close(reason?: string): Promise<void> {
    checkReason(reason);
    await this.#streams.flush();
    const carriage = this.#carriage;
    if (carriage === undefined) this.#finish("closed_here");
    else await carriage.close(reason);
  }

  async openStream({ signal }: OpenStreamOptions = {}): Promise<PeerStream> {
    checkSignal(signal);
    return await this.#streams.open(signal);
  }

  get incomingStreams(): AsyncIterableIterator<PeerStream, undefined> {
    return this.#streams.incoming;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this.#received;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A datagram came. */
  receive(datagram: Uint8Array): void {
    this.#tally.received(datagram.length);
    this.#received.push(datagram);
  }

  /** A packet of streams came. What still comes over a link before the present one is too late. */
  receiveStream(carriage: Carriage, body: Uint8Array): void {
    if (carriage === this.#carriage) this.#streams.receive(body);
  }

  /** A link goes another way. */
  changePath(carriage: Carriage): void {
    if (carriage === this.#carriage) this.#streams.goOn(carriage);
  }

  /** When {@linkcode Conversation.expireOver} is to be called, as far as a link is concerned. */
  nextDeadlineMsOver(carriage: Carriage): number {
    return carriage === this.#carriage ? this.#streams.nextDeadlineMs : Infinity;
  }

  /** Does what is due. */
  expireOver(carriage: Carriage, nowMs: number): void {
    if (carriage === this.#carriage) this.#streams.expire(nowMs);
  }

  /** A new link that does not resume takes the place of one that fell silent. */
  restart({ role, resumption }: FirstAgreement): void {
    this.#resumption = resumption;
    this.#restartRole = role;
  }

  /** Goes on over a new link, on which a sealed packet was just heard. */
  moveTo(carriage: Carriage): void {
    const old = this.#carriage;
    this.#carriage = carriage;
    if (old !== undefined && old !== carriage) {
      this.#tally.leave(old.link.missing);
      old.abandon();
    }
    this.#reunion.settle();
    const role = this.#restartRole;
    this.#restartRole = undefined;
    if (role !== undefined) {
      this.#restartCount++;
      this.#streams.restart(role);
    }
    this.#streams.goOn(carriage);
    this.#tell({ kind: role === undefined ? "renewed" : "restarted" });
  }

  /** The link has chosen its path: the first one is that of the connection, a later one is news. */
  settle(carriage: Carriage): void {
    const { path } = carriage.link;
    if (carriage !== this.#carriage || path === undefined) return;
    const told = this.#toldPath;
    this.#toldPath = path;
    if (told !== undefined && !isSamePath(told, path)) this.#tell({ kind: "path", path });
  }

  /** A link has news. */
  tellNews(carriage: Carriage, news: LinkNews): void {
    if (carriage !== this.#carriage) return;
    if (news.kind === "path") this.#toldPath = news.path;
    this.#tell(news);
  }

  /** The link asks to be introduced again. */
  fallSilent(): void {
    this.#tell({ kind: "silent" });
    this.#meetAgain();
  }

  /** The link is answered again. */
  recover(): void {
    this.#reunion.settle();
    this.#tell({ kind: "recovered" });
  }

  /** A link is over; only that under the conversation matters. */
  endLink(carriage: Carriage, ending: LinkEnding): void {
    if (carriage !== this.#carriage || ending.reason === "punch_failed") return;
    if (ending.reason === "closed_by_remote") this.#closeReason = ending.said;
    const { path = this.#last.path, roundTripMs, missing } = carriage.link;
    this.#last = { path, roundTripMs };
    this.#tally.leave(missing);
    this.#carriage = undefined;
    this.#streams.wait();
    const isLost = ending.reason === "lost";
    if (isLost && this.#reunion.isUnderWay) return;
    // A machine that slept finds its link lost before it could ask for anything.
    if (isLost && this.#reunion.isOwed) this.#meetAgain();
    else this.#finish(ending.reason);
  }

  /** An exception ends it; whoever iterates gets it. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#received.fail(error);
    this.#finish("failed");
  }

  async #meetAgain(): Promise<void> {
    if (this.#isOver || !this.#reunion.isPossible) return;
    try {
      await this.#reunion.begin(this);
    } catch (error) {
      this.fail(error);
    }
    if (this.#carriage === undefined) this.#finish("lost");
  }

  #tell(news: ConnectionNews): void {
    this.#options.onEvent?.({ ...news, remoteName: this.remoteName });
  }

  #finish(ending: ConnectionEnding): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#carriage = undefined;
    this.#reunion.end();
    this.#streams.end(WHY_STREAMS_END[ending]);
    this.#received.end();
    this.#room.close();
    this.#ending.resolve(ending);
    this.#among.delete(this);
  }
}

const WHY_STREAMS_END: Readonly<Record<ConnectionEnding, string>> = {
  closed_here: "the connection was closed on this side",
  closed_by_remote: "the remote peer closed the connection",
  lost: "the remote peer fell silent, and the connection was lost",
  failed: "the connection failed on this side; whoever iterates over it is told why",
};

function withoutPairKey({ source, dest, extension }: Introduction): Introduction {
  if (extension === undefined) return { source, dest };
  const { pairKey: _, ...rest } = extension;
  return { source, dest, extension: rest };
}
