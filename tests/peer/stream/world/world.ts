/**
 * Two peers with streams between them over a path of a given kind, watched.
 *
 * @module
 */

import { MAX_SEND_BUFFER_BYTES } from "../../../../src/peer/stream/limits.ts";
import type { StreamCounters } from "../../../../src/peer/stream/stream_events.ts";
import { Bottleneck, type BottleneckOptions } from "../../../simulated/bottleneck.ts";
import { Prng } from "../../../simulated/prng.ts";
import { VirtualClock } from "../../../simulated/virtual_clock.ts";
import { LINK_OVERHEAD_BYTES, StreamPeer, type StreamsClass } from "./stream_peer.ts";
import { BrokenRule, Watch } from "./watch.ts";

/** 100 Mbit/s and 50 ms, with a queue as long as the round trip. */
export const BROADBAND: BottleneckOptions = {
  megabits: 100,
  queueMs: 50,
  delayMs: 25,
  jitterMs: 0,
  loss: 0,
};

/** Timers in Deno wake after this. */
export const TIMER_MS = 2.1;

const MAX_BODY_BYTES = 1_200;
const WRITE_BYTES = 64 * 1_024;

/** A world in which connections share a path. */
export class World {
  readonly clock = new VirtualClock(1_000);
  readonly prng: Prng;
  readonly there: Bottleneck;
  readonly back: Bottleneck;

  constructor(seed: number, path: Partial<BottleneckOptions>) {
    this.prng = new Prng(seed);
    const options = { ...BROADBAND, ...path };
    this.there = new Bottleneck(this.clock, this.prng.fork(), options);
    this.back = new Bottleneck(this.clock, this.prng.fork(), options);
  }

  /** The least time there and back. */
  get roundTripMs(): number {
    return this.there.options.delayMs + this.back.options.delayMs;
  }

  /** Lets time pass, in milliseconds. */
  run(durationMs: number): void {
    this.clock.runUntil(this.clock.nowMs() + durationMs);
  }

  /** Lets time pass until something is so. @throws {BrokenRule} when it is not within the time */
  runUntil(what: string, isSo: () => boolean, limitMs: number): void {
    const endMs = this.clock.nowMs() + limitMs;
    while (!isSo()) {
      if (this.clock.step(endMs) === "nothing left") {
        throw new BrokenRule(`${what} did not happen within ${limitMs} ms`);
      }
    }
  }
}

/** One byte of each stream at each offset, so that none can be taken for another. */
function patternByte(stream: number, offset: number): number {
  return (offset ^ (offset >>> 8) ^ (offset >>> 16) ^ stream * 37) & 0xff;
}

/** What is known of a stream that is written on one side and read on the other. */
class Flow {
  readonly stream: number;
  readonly totalBytes: number;
  writtenBytes = 0;
  readBytes = 0;
  isEnded = false;
  isFinished = false;
  isReading = true;
  /** Bytes that are read before it is said anew. */
  readAtMost = Infinity;
  endedMs = Infinity;

  constructor(stream: number, totalBytes: number) {
    this.stream = stream;
    this.totalBytes = totalBytes;
  }
}

/** One connection: what `sender` writes is read at `receiver`. */
export class Connection {
  readonly sender: StreamPeer;
  readonly receiver: StreamPeer;
  readonly flows = new Map<number, Flow>();
  readonly #world: World;
  readonly #senderWatch: Watch;
  readonly #receiverWatch: Watch;

  constructor(world: World, streamsClass: StreamsClass) {
    this.#world = world;
    const { clock, prng, roundTripMs } = world;
    const path = { roundTripMs, timerMs: TIMER_MS, maxBodyBytes: MAX_BODY_BYTES };
    this.#senderWatch = new Watch(path);
    this.#receiverWatch = new Watch(path);
    const options = { ...path, streamsClass };
    this.sender = new StreamPeer(clock, prng.fork(), { role: "initiator", ...options }, {
      onSend: (body) => this.#send(body, "there"),
      onEvent: (event) => {
        if (event.kind === "writable") this.#fill(this.#flow(event.stream));
        if (event.kind === "finished") this.#finish(this.#flow(event.stream));
        if (event.kind === "failed") throw new BrokenRule(event.reason);
      },
    });
    this.receiver = new StreamPeer(clock, prng.fork(), { role: "responder", ...options }, {
      onSend: (body) => this.#send(body, "back"),
      onEvent: (event) => {
        if (event.kind === "readable") this.#read(this.#flow(event.stream));
        if (event.kind === "ended") this.#end(this.#flow(event.stream));
        if (event.kind === "failed") throw new BrokenRule(event.reason);
      },
    });
  }

  /** What went through at the sender. */
  get counters(): StreamCounters {
    return this.sender.streams.counters;
  }

  /** Bytes that were read. */
  get readBytes(): number {
    return [...this.flows.values()].reduce((sum, { readBytes }) => sum + readBytes, 0);
  }

  /** Bytes of streams that were sent though nothing of the kind was lost. */
  get needlessBytes(): number {
    const { sentStreamBytes, droppedStreamBytes } = this.#senderWatch;
    return Math.max(0, sentStreamBytes - droppedStreamBytes - this.readBytes);
  }

  /** Whether all was read and acknowledged. */
  get isDone(): boolean {
    return [...this.flows.values()].every(({ isEnded, isFinished }) => isEnded && isFinished);
  }

  /** Begins to write a stream of that length. */
  start(totalBytes: number): Flow {
    const stream = this.sender.streams.open();
    if (stream === undefined) throw new BrokenRule("no stream can be opened");
    const flow = new Flow(stream, totalBytes);
    this.flows.set(stream, flow);
    this.#fill(flow);
    this.sender.pump();
    return flow;
  }

  /** Reads no more of a stream for the time being, or goes on. */
  setReading(flow: Flow, isReading: boolean): void {
    flow.isReading = isReading;
    if (isReading) this.#read(flow);
    this.receiver.pump();
  }

  #flow(stream: number): Flow {
    const flow = this.flows.get(stream);
    if (flow === undefined) throw new BrokenRule(`stream ${stream} was never opened`);
    return flow;
  }

  #send(body: Uint8Array, way: "there" | "back"): void {
    const { clock, there, back } = this.#world;
    const packet = body.slice();
    const isThere = way === "there";
    const fate = (isThere ? there : back).send(packet.length + LINK_OVERHEAD_BYTES, () => {
      const watch = isThere ? this.#receiverWatch : this.#senderWatch;
      watch.check(clock.nowMs());
      watch.onArrival(packet, clock.nowMs());
      (isThere ? this.receiver : this.sender).receive(packet);
    });
    const watch = isThere ? this.#senderWatch : this.#receiverWatch;
    const { bandwidth } = (isThere ? this.sender : this.receiver).streams.counters;
    watch.onSend(packet, bandwidth, fate ? "arrives" : "dropped", clock.nowMs());
  }

  #fill(flow: Flow): void {
    while (flow.writtenBytes < flow.totalBytes) {
      const length = Math.min(WRITE_BYTES, flow.totalBytes - flow.writtenBytes);
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = patternByte(flow.stream, flow.writtenBytes + i);
      const taken = this.sender.streams.write(flow.stream, bytes);
      flow.writtenBytes += taken;
      if (flow.writtenBytes - flow.readBytes > 2 * MAX_SEND_BUFFER_BYTES) {
        throw new BrokenRule("a writer was not held back");
      }
      if (taken < length) return;
    }
    this.sender.streams.end(flow.stream);
  }

  #read(flow: Flow): void {
    if (!flow.isReading) return;
    const { streams } = this.receiver;
    while (flow.readAtMost > 0) {
      const bytes = streams.read(flow.stream, Math.min(flow.readAtMost, WRITE_BYTES));
      if (bytes === undefined) return;
      flow.readAtMost -= bytes.length;
      for (let i = 0; i < bytes.length; i++) {
        if (bytes[i] !== patternByte(flow.stream, flow.readBytes + i)) {
          throw new BrokenRule(`byte ${flow.readBytes + i} of stream ${flow.stream} is another`);
        }
      }
      flow.readBytes += bytes.length;
    }
  }

  #end(flow: Flow): void {
    if (flow.readBytes !== flow.totalBytes) {
      throw new BrokenRule(`stream ${flow.stream} ended at ${flow.readBytes} bytes`);
    }
    flow.isEnded = true;
    flow.endedMs = this.#world.clock.nowMs();
  }

  #finish(flow: Flow): void {
    if (flow.writtenBytes < flow.totalBytes) {
      throw new BrokenRule(`stream ${flow.stream} finished at ${flow.writtenBytes} bytes`);
    }
    flow.isFinished = true;
  }
}
