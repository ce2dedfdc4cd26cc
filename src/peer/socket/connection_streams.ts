/**
 * The streams of a connection, over one link after the other.
 *
 * @module
 */

import { Queue } from "../../async/queue.ts";
import type { Role } from "../channel/link_keys.ts";
import { PeerError } from "../errors.ts";
import {
  BASE_DATAGRAM_BYTES,
  CLOSE_FLUSH_MS,
  MAX_QUEUED_STREAMS,
  STREAM_ANSWER_MS,
} from "../limits.ts";
import type { MemoryPool, MemoryShare } from "../stream/memory_pool.ts";
import { Streams } from "../stream/streams.ts";
import type { PeerStream } from "./peer_stream.ts";
import { StreamSet } from "./stream_set.ts";

/** What connections need of their socket. */
export interface ConnectionWorld {
  readonly nowMs: () => number;
  /** At least 0 and less than 1; nobody can guess it. */
  readonly random: () => number;
  /** What all of them may hold. */
  readonly memory: MemoryPool;
}

/** What streams need of a link. */
export interface StreamCarriage {
  readonly link: {
    readonly roundTripMs: number;
    readonly isSilent: boolean;
    /** Bytes that fit one packet, now. */
    readonly maxDatagramBytes: number;
  };
  /** Runs what may make streams send: an exception in it ends this link alone. */
  drive(work: () => void): void;
  /** Sends a packet of streams; `body` may be overwritten as soon as this returns. */
  sendStream(body: Uint8Array): void;
}

/** See the module. Nothing is made before the first stream is opened, or its first packet comes. */
export class ConnectionStreams {
  /** Those that the remote peer has opened. */
  readonly incoming = new Queue<PeerStream>(MAX_QUEUED_STREAMS, refuse);
  readonly #world: ConnectionWorld;
  readonly #remoteName: string;
  readonly #onFailed: (error: PeerError) => void;
  #role: Role;
  #carriage: StreamCarriage | undefined;
  #set: StreamSet | undefined;
  /** What the set holds. */
  #memory: MemoryShare | undefined;
  /** Why no stream can be opened. */
  #over: PeerError | undefined;
  /** Whether the remote peer knows streams, as far as this side knows. */
  #knowledge: "unknown" | "asked" | "known" | "none" = "unknown";
  #askedMs = Infinity;
  #flushFromMs = Infinity;
  #flushUntilMs = Infinity;

  /**
   * @param role of this side in the connection's first link
   * @param onFailed told when one side broke the rules of streams
   */
  constructor(
    world: ConnectionWorld,
    remoteName: string,
    role: Role,
    carriage: StreamCarriage,
    onFailed: (error: PeerError) => void,
  ) {
    this.#world = world;
    this.#remoteName = remoteName;
    this.#role = role;
    this.#carriage = carriage;
    this.#onFailed = onFailed;
  }

  /** When {@linkcode ConnectionStreams.expire} is to be called; `Infinity` while there is no link. */
  get nextDeadlineMs(): number {
    if (this.#set === undefined || this.#carriage === undefined) return Infinity;
    const answerMs = this.#knowledge === "asked" ? this.#askedMs + STREAM_ANSWER_MS : Infinity;
    return Math.min(this.#set.nextDeadlineMs, answerMs, this.#flushFromMs, this.#flushUntilMs);
  }

  /** See `openStream` of a connection. */
  open(signal?: AbortSignal): Promise<PeerStream> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#over !== undefined) return Promise.reject(this.#over);
    if (this.#knowledge === "none") return Promise.reject(this.#unknownError());
    return this.#made().open(signal);
  }

  /** Takes the body of a packet. */
  receive(body: Uint8Array): void {
    if (this.#over !== undefined || this.#knowledge === "none") return;
    this.#knowledge = "known";
    this.#made().receive(body, this.#world.nowMs());
  }

  /** Does what is due. */
  expire(nowMs: number): void {
    this.#set?.expire();
    const isSilent = this.#carriage?.link.isSilent ?? true;
    if (isSilent || nowMs >= this.#flushUntilMs) this.#endFlush();
    this.#flushFromMs = Infinity;
    if (this.#knowledge !== "asked" || nowMs < this.#askedMs + STREAM_ANSWER_MS) return;
    // A silent link answers nothing else either: its peers are to meet again.
    if (isSilent) this.#askedMs = nowMs;
    else this.#giveUp();
  }

  /** Goes on over a link: a new one, or the same by another path. */
  goOn(carriage: StreamCarriage): void {
    this.#carriage = carriage;
    if (this.#knowledge === "asked") this.#askedMs = this.#world.nowMs();
    this.#set?.goOn(carriage.link.roundTripMs);
  }

  /** Waits for a link. */
  wait(): void {
    this.#carriage = undefined;
    this.#endFlush();
    this.#set?.wait();
  }

  /** The remote peer has forgotten the connection: old streams are over, new ones can be opened. */
  restart(role: Role): void {
    this.#role = role;
    this.#knowledge = "unknown";
    this.#lose(this.#lostError("the remote peer was restarted and has forgotten it"));
  }

  /** Waits until what was ended has arrived, for a while. */
  flush(): Promise<void> {
    const set = this.#set;
    const carriage = this.#carriage;
    if (set === undefined || carriage === undefined || !set.isInUse) return Promise.resolve();
    this.#flushFromMs = this.#world.nowMs();
    this.#flushUntilMs = this.#flushFromMs + CLOSE_FLUSH_MS;
    const flushed = set.flush();
    carriage.drive(() => {});
    return flushed;
  }

  /** Ends all. @param why in words */
  end(why: string): void {
    this.#over ??= this.#lostError(why);
    this.#carriage = undefined;
    this.#lose(this.#lostError(why));
    this.incoming.end();
  }

  #made(): StreamSet {
    if (this.#set !== undefined) return this.#set;
    const { random, nowMs } = this.#world;
    const roundTripMs = this.#carriage?.link.roundTripMs ?? 0;
    const memory = this.#world.memory.share();
    const engine = new Streams({
      role: this.#role,
      maxBodyBytes: BASE_DATAGRAM_BYTES,
      roundTripMs,
      random,
      nowMs: nowMs(),
      memory,
    });
    const set = new StreamSet(engine, nowMs, {
      drive: (work) => this.#carriage === undefined ? work() : this.#carriage.drive(work),
      maxBodyBytes: () => this.#carriage?.link.maxDatagramBytes ?? BASE_DATAGRAM_BYTES,
      onSend: (body) => this.#send(body),
      onIncoming: (stream) => this.incoming.push(stream),
      onFailed: (reason) => this.#onFailed(this.#lostError(reason)),
    });
    this.#set = set;
    this.#memory = memory;
    if (this.#carriage !== undefined) set.goOn(roundTripMs);
    return set;
  }

  #send(body: Uint8Array): void {
    if (this.#knowledge === "unknown") {
      this.#knowledge = "asked";
      this.#askedMs = this.#world.nowMs();
    }
    this.#carriage?.sendStream(body);
  }

  #giveUp(): void {
    this.#knowledge = "none";
    this.#lose(this.#unknownError());
  }

  #lose(error: PeerError): void {
    this.#endFlush();
    this.#set?.lose(error);
    this.#set = undefined;
    this.#memory?.close();
  }

  #endFlush(): void {
    this.#flushUntilMs = Infinity;
    this.#set?.endFlush();
  }

  #lostError(why: string): PeerError {
    return new PeerError(
      "stream_lost",
      `Cannot go on with a stream to ${this.#remoteName}: ${why}`,
    );
  }

  #unknownError(): PeerError {
    return new PeerError(
      "no_streams",
      `Cannot open a stream to ${this.#remoteName}: it answers, but nothing that is said of ` +
        `streams, within ${
          STREAM_ANSWER_MS / 1000
        } s: its version of this library has none. Give ` +
        "both sides the same version, or send datagrams",
    );
  }
}

/** Nobody has taken a stream for so long that too many wait. */
function refuse({ readable, writable }: PeerStream): void {
  readable.cancel().catch(() => {});
  writable.abort().catch(() => {});
}
