/**
 * Packets that were sent: when, how large, with what in them, and what became of them.
 *
 * @module
 */

import { MAX_SENT_FRAMES, MAX_SENT_PACKETS } from "./limits.ts";
import { NumberRing } from "./number_ring.ts";

/** What became of a packet. */
export const FATE = {
  /** Nobody needs to know: nothing in it asks for an acknowledgement. */
  unimportant: 0,
  outstanding: 1,
  lost: 2,
  acked: 3,
  /** Its number was left out. */
  skipped: 4,
} as const;

/** Told of what stands in a packet. `start` and `end` are offsets of a stream. */
export type FrameVisitor = (kind: number, stream: number, start: number, end: number) => void;

/** The last packets. */
export class SentPackets {
  readonly #fates = new NumberRing();
  readonly #bytes = new NumberRing();
  readonly #sentMs = new NumberRing();
  readonly #framesEnd = new NumberRing();

  readonly #kinds = new NumberRing();
  readonly #streams = new NumberRing();
  readonly #starts = new NumberRing();
  readonly #ends = new NumberRing();
  #nextFrame = 0;
  #oldestFrame = 0;

  #next = 0;
  #oldest = 0;
  #oldestOutstanding = 0;

  /** The number of the next packet. */
  get next(): number {
    return this.#next;
  }

  /** The lowest number of which something is remembered. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The lowest number whose packet is outstanding; {@linkcode next} when there is none. */
  get oldestOutstanding(): number {
    while (
      this.#oldestOutstanding < this.#next &&
      this.#fates.get(this.#oldestOutstanding) !== FATE.outstanding
    ) this.#oldestOutstanding++;
    return this.#oldestOutstanding;
  }

  /** Whether another packet, with some frames, can be remembered. */
  get hasRoom(): boolean {
    return this.#next - this.#oldest < MAX_SENT_PACKETS && this.hasRoomForFrame;
  }

  /** Whether another frame can. */
  get hasRoomForFrame(): boolean {
    return this.#nextFrame - this.#oldestFrame < MAX_SENT_FRAMES;
  }

  /** What became of a packet. */
  fateOf(packet: number): number {
    return this.#fates.get(packet);
  }

  /** When it was sent. */
  sentMsOf(packet: number): number {
    return this.#sentMs.get(packet);
  }

  /** How large its body was. */
  bytesOf(packet: number): number {
    return this.#bytes.get(packet);
  }

  /** Notes what stands in the next packet. */
  addFrame(kind: number, stream: number, start: number, end: number): void {
    const frame = this.#nextFrame++;
    this.#kinds.set(frame, kind, this.#oldestFrame);
    this.#streams.set(frame, stream, this.#oldestFrame);
    this.#starts.set(frame, start, this.#oldestFrame);
    this.#ends.set(frame, end, this.#oldestFrame);
  }

  /** Notes the next packet. @returns its number */
  add(fate: number, bytes: number, nowMs: number): number {
    const packet = this.#next++;
    this.#fates.set(packet, fate, this.#oldest);
    this.#bytes.set(packet, bytes, this.#oldest);
    this.#sentMs.set(packet, nowMs, this.#oldest);
    this.#framesEnd.set(packet, this.#nextFrame, this.#oldest);
    return packet;
  }

  /** Notes what became of a packet. */
  settle(packet: number, fate: number): void {
    this.#fates.set(packet, fate, this.#oldest);
  }

  /** Visits the frames of a packet. */
  forEachFrame(packet: number, visit: FrameVisitor): void {
    const end = this.#framesEnd.get(packet);
    const first = packet === this.#oldest ? this.#oldestFrame : this.#framesEnd.get(packet - 1);
    for (let frame = first; frame < end; frame++) {
      visit(
        this.#kinds.get(frame),
        this.#streams.get(frame),
        this.#starts.get(frame),
        this.#ends.get(frame),
      );
    }
  }

  /** Forgets the oldest packets that nobody waits for: lost ones if they were sent before `lostMs`. */
  forget(lostMs: number): void {
    while (this.#oldest < this.#next) {
      const fate = this.#fates.get(this.#oldest);
      if (fate === FATE.outstanding) return;
      if (fate === FATE.lost && this.#sentMs.get(this.#oldest) > lostMs) return;
      this.#oldestFrame = this.#framesEnd.get(this.#oldest);
      this.#oldest++;
    }
  }
}
