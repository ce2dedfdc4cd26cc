/**
 * The streams of one engine: between their ends, which users hold, and the packets of a link.
 *
 * @module
 */

import type { PeerError } from "../errors.ts";
import type { StreamOutput } from "../stream/stream_events.ts";
import type { Streams } from "../stream/streams.ts";
import type { PeerStream } from "./peer_stream.ts";
import { StreamEnds } from "./stream_ends.ts";

/** What is done with what streams want done. */
export interface StreamSetEvents {
  /** Runs what a user does; an exception in it ends the link, if there is one. */
  readonly drive: (work: () => void) => void;
  /** How large a packet may be now. */
  readonly maxBodyBytes: () => number;
  /** A packet is to be sent. `body` is valid until this returns. */
  readonly onSend: (body: Uint8Array) => void;
  /** The remote peer has opened a stream. */
  readonly onIncoming: (stream: PeerStream) => void;
  /** One side broke the rules: the streams are over. */
  readonly onFailed: (reason: string) => void;
}

/** See the module. */
export class StreamSet {
  readonly #engine: Streams;
  readonly #events: StreamSetEvents;
  readonly #nowMs: () => number;
  readonly #ends = new Map<number, StreamEnds>();
  /** In the order in which they asked. */
  readonly #openers: PromiseWithResolvers<PeerStream>[] = [];
  readonly #flushed: (() => void)[] = [];
  /** Those whose readers wait for more of what is there. */
  readonly #gathering = new Set<StreamEnds>();
  #gatherMs = Infinity;
  #isPumping = false;
  #link: "has" | "waits" | "lost" = "waits";
  #bodyBytes: number | undefined;
  #lost: PeerError | undefined;

  constructor(engine: Streams, nowMs: () => number, events: StreamSetEvents) {
    this.#engine = engine;
    this.#nowMs = nowMs;
    this.#events = events;
  }

  /** When {@linkcode StreamSet.expire} is to be called though nothing happened. */
  get nextDeadlineMs(): number {
    return this.#link === "has" ? Math.min(this.#engine.nextDeadlineMs, this.#gatherMs) : Infinity;
  }

  /** Whether there are streams. */
  get isInUse(): boolean {
    return this.#ends.size > 0;
  }

  /** There is a link, new or by another path than before. */
  goOn(roundTripMs: number): void {
    this.#link = "has";
    this.#engine.pathChanged(roundTripMs, this.#nowMs());
    this.#pump();
  }

  /** There is no link for now. */
  wait(): void {
    this.#link = "waits";
    this.#deliverGathered();
  }

  /** Takes the body of a packet. */
  receive(body: Uint8Array, nowMs: number): void {
    this.#engine.receive(body, nowMs);
    this.#pump();
    this.#noteFlushed();
  }

  /** Does what is due. */
  expire(): void {
    if (this.#nowMs() >= this.#gatherMs) this.#deliverGathered();
    this.#pump();
    this.#noteFlushed();
  }

  /** Opens a stream; waits while as many are open as the remote peer allows, or until `signal`. */
  open(signal: AbortSignal | undefined): Promise<PeerStream> {
    const opener = Promise.withResolvers<PeerStream>();
    this.#openers.push(opener);
    const giveUp = () => {
      const at = this.#openers.indexOf(opener);
      if (at >= 0) this.#openers.splice(at, 1);
      opener.reject(signal?.reason);
    };
    const stop = () => signal?.removeEventListener("abort", giveUp);
    signal?.addEventListener("abort", giveUp);
    opener.promise.then(stop, stop);
    this.#events.drive(() => {
      this.#openWaiting();
      this.#pump();
    });
    return opener.promise;
  }

  /**
   * Resolves when all streams that were ended have arrived, or are lost. Looks with the next packet, or
   * when told of the time: the Streams Standard passes an end on some steps after its user said it.
   */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  /** Waits for that no longer. */
  endFlush(): void {
    for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** Ends all with an error; what has arrived can still be read. */
  lose(error: PeerError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#link = "lost";
    for (const opener of this.#openers.splice(0)) opener.reject(error);
    for (const ends of this.#ends.values()) ends.lose(error);
    this.endFlush();
  }

  /** What is done about one output can bring the next ones: these have their turn after it. */
  #pump(): void {
    if (this.#link === "waits" || this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#performAll();
    } finally {
      this.#isPumping = false;
    }
  }

  #performAll(): void {
    const nowMs = this.#nowMs();
    const bodyBytes = this.#events.maxBodyBytes();
    if (bodyBytes !== this.#bodyBytes) this.#engine.setMaxBodyBytes(bodyBytes);
    this.#bodyBytes = bodyBytes;
    for (let output; (output = this.#engine.take(nowMs)) !== undefined;) this.#perform(output);
  }

  #perform(output: StreamOutput): void {
    switch (output.kind) {
      case "send":
        return this.#link === "has" ? this.#events.onSend(output.body) : undefined;
      case "opened":
        return this.#events.onIncoming(this.#add(output.stream));
      case "openable":
        return this.#openWaiting();
      case "failed":
        return this.#events.onFailed(output.reason);
    }
    const ends = this.#ends.get(output.stream);
    if (ends === undefined) return;
    switch (output.kind) {
      case "readable":
        return this.#tellReadable(ends);
      case "writable":
        return ends.onWritable();
      case "ended":
        ends.onEnded();
        break;
      case "reset":
        ends.onReset(output.code);
        break;
      case "finished":
        ends.onFinished();
        break;
      case "stopped":
        ends.onStopped(output.code);
        break;
    }
    if (ends.isOver) this.#ends.delete(output.stream);
  }

  #tellReadable(ends: StreamEnds): void {
    const dueMs = ends.onReadable(this.#link === "has" ? "some" : "none", this.#nowMs());
    if (dueMs === Infinity) return;
    this.#gathering.add(ends);
    this.#gatherMs = Math.min(this.#gatherMs, dueMs);
  }

  #deliverGathered(): void {
    const gathering = [...this.#gathering];
    this.#gathering.clear();
    this.#gatherMs = Infinity;
    for (const ends of gathering) this.#tellReadable(ends);
  }

  #openWaiting(): void {
    while (this.#openers.length > 0) {
      const id = this.#engine.open();
      if (id === undefined) return;
      this.#openers.shift()?.resolve(this.#add(id));
    }
  }

  #add(id: number): StreamEnds {
    const act = <Result>(work: () => Result): Result | undefined => this.#act(id, work);
    const ends: StreamEnds = new StreamEnds({
      write: (bytes) => act(() => this.#engine.write(id, bytes)) ?? 0,
      read: () => this.#engine.read(id),
      want: () => act(() => this.#tellReadable(ends)),
      end: () => act(() => this.#engine.end(id)),
      reset: (code) => act(() => this.#engine.reset(id, code)),
      stop: (code) => act(() => this.#engine.stop(id, code)),
    });
    this.#ends.set(id, ends);
    return ends;
  }

  /** What a user does with a stream, and what follows from it. */
  #act<Result>(id: number, work: () => Result): Result | undefined {
    let result: Result | undefined;
    this.#events.drive(() => {
      result = work();
      this.#pump();
      if (this.#ends.get(id)?.isOver) this.#ends.delete(id);
    });
    return result;
  }

  #noteFlushed(): void {
    if (this.#flushed.length === 0) return;
    if (!this.#ends.values().some(({ isEnding }) => isEnding)) this.endFlush();
  }
}
