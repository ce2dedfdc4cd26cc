/**
 * What becomes of sent packets: acknowledged, or lost by the time that has passed (RACK-TLP, RFC
 * 8985), and how many may go at the moment.
 *
 * @module
 */

import { CongestionControl } from "./congestion_control.ts";
import { DeliveryRate } from "./delivery_rate.ts";
import {
  LOST_KEPT_ROUND_TRIPS,
  MAX_PROBE_PAUSE_MS,
  PROBES_AT_ONCE,
  SKIP_EVERY_PACKETS,
  TIMER_MS,
} from "./limits.ts";
import { Pacer } from "./pacer.ts";
import { ReorderingWindow } from "./reordering_window.ts";
import { RoundTrip } from "./round_trip.ts";
import { FATE, type FrameVisitor, SentPackets } from "./sent_packets.ts";

/** What a recovery is made with. */
export interface RecoveryOptions {
  readonly packetBytes: number;
  readonly roundTripMs: number;
  readonly random: () => number;
  readonly nowMs: number;
}

/** The sender's side of the packets. */
export class Recovery {
  readonly packets = new SentPackets();
  readonly #random: () => number;
  readonly #onFrameAcked: FrameVisitor;
  readonly #onFrameLost: FrameVisitor;
  #packetBytes: number;
  #roundTrip: RoundTrip;
  #control: CongestionControl;
  #rate: DeliveryRate;
  readonly #reordering = new ReorderingWindow();
  readonly #pacer: Pacer;
  #inFlightBytes = 0;

  /** The latest sending time among packets that were acknowledged. */
  #ackedSentMs = -Infinity;
  #lossDueMs = Infinity;
  #probeDueMs = Infinity;
  #probesInRow = 0;
  #probesOwed = 0;
  #lastAskingMs = 0;
  #nextSkip: number;
  /** Packets that were sent before the path changed say nothing about the new one. */
  #firstOnPath = 0;

  #ackedBytes = 0;
  #largestAcked = -1;
  #lostPackets = 0;
  #lateAcks = 0;

  /** @param onFrameAcked gets what arrived @param onFrameLost gets what is to be sent again */
  constructor(options: RecoveryOptions, onFrameAcked: FrameVisitor, onFrameLost: FrameVisitor) {
    const { packetBytes, roundTripMs, random, nowMs } = options;
    this.#random = random;
    this.#packetBytes = packetBytes;
    this.#onFrameAcked = onFrameAcked;
    this.#onFrameLost = onFrameLost;
    this.#roundTrip = new RoundTrip(roundTripMs);
    this.#control = new CongestionControl(random, packetBytes, roundTripMs, nowMs);
    this.#rate = new DeliveryRate(nowMs);
    this.#pacer = new Pacer(nowMs);
    this.#nextSkip = this.#drawSkip();
  }

  /** Packets that were taken for lost. */
  get lostPackets(): number {
    return this.#lostPackets;
  }

  /** Of these, those that arrived all the same. */
  get lateAcks(): number {
    return this.#lateAcks;
  }

  /** Smoothed round-trip time. */
  get roundTripMs(): number {
    return this.#roundTrip.smoothedMs;
  }

  /** The control, to look at. */
  get control(): CongestionControl {
    return this.#control;
  }

  /** Bytes on their way. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Whether a probe is to be sent, whatever may be on its way. */
  get owesProbe(): boolean {
    return this.#probesOwed > 0;
  }

  /** Whether as much is on its way as may be. */
  get isWindowFull(): boolean {
    return this.#inFlightBytes + this.#packetBytes > this.#control.window || !this.packets.hasRoom;
  }

  /** When the next packet may go, where the window has room. */
  get paceMs(): number {
    return this.#pacer.nextMs;
  }

  /** When {@linkcode expire} has something to do. */
  get dueMs(): number {
    return Math.min(this.#lossDueMs, this.#probeDueMs);
  }

  /** How large packets are from now on. */
  setPacketBytes(bytes: number): void {
    this.#packetBytes = bytes;
    this.#control.setPacketBytes(bytes);
  }

  /** The number of the next packet; leaves one out from time to time. */
  nextNumber(nowMs: number): number {
    if (this.packets.next === this.#nextSkip) {
      this.packets.add(FATE.skipped, 0, nowMs);
      this.#nextSkip = this.#drawSkip();
    }
    return this.packets.next;
  }

  /** The packet with that number is sent, with the frames that were added. */
  onSent(bytes: number, asks: boolean, nowMs: number): void {
    const { packets } = this;
    packets.forget(nowMs - LOST_KEPT_ROUND_TRIPS * this.#roundTrip.smoothedMs);
    const packet = packets.add(asks ? FATE.outstanding : FATE.unimportant, bytes, nowMs);
    if (!asks) return;
    const { isBelowRate } = this.#control;
    this.#rate.onSent(packet, packets.oldest, this.#inFlightBytes, isBelowRate, nowMs);
    this.#inFlightBytes += bytes;
    this.#pacer.onSent(bytes, this.#control.pace, nowMs);
    this.#lastAskingMs = nowMs;
    if (this.#probesOwed > 0) this.#probesOwed--;
    this.#armProbe();
  }

  /** There is nothing to send, though it may be sent. */
  onAppLimited(): void {
    this.#rate.onAppLimited(this.#inFlightBytes);
  }

  /** An acknowledgement begins. @returns whether it speaks only of packets that were sent */
  onAck(largest: number): boolean {
    this.#ackedBytes = 0;
    this.#largestAcked = -1;
    return largest < this.packets.next;
  }

  /** Packets from `from` to `to` arrived. @returns whether all of them were sent */
  onAckRange(from: number, to: number, nowMs: number): boolean {
    const { packets } = this;
    for (let packet = to; packet >= Math.max(from, packets.oldest); packet--) {
      switch (packets.fateOf(packet)) {
        case FATE.outstanding:
          this.#onAcked(packet, nowMs);
          break;
        case FATE.lost:
          this.#onLate(packet, nowMs);
          break;
        case FATE.skipped:
          return false;
      }
    }
    return true;
  }

  /** An acknowledgement is read to its end. */
  onAckEnd(delayMs: number, nowMs: number): void {
    const largest = this.#largestAcked;
    if (largest < 0) return;
    if (largest >= this.#firstOnPath) this.#sampleRoundTrip(largest, delayMs, nowMs);
    this.#probesInRow = 0;
    this.#probesOwed = 0;
    this.#detect(nowMs);
    const sample = this.#rate.sample(this.#control.model.leastRoundTripMs, nowMs);
    if (sample !== undefined && largest >= this.#firstOnPath) {
      const { delivered } = this.#rate;
      this.#control.onAck(sample, delivered, this.#ackedBytes, this.#inFlightBytes, nowMs);
    }
    this.#armProbe();
  }

  /** Does what is due. */
  expire(nowMs: number): void {
    if (nowMs >= this.#lossDueMs) {
      this.#detect(nowMs);
      this.#armProbe();
    }
    if (nowMs < this.#probeDueMs) return;
    this.#probesInRow++;
    this.#probesOwed = PROBES_AT_ONCE;
    this.#lastAskingMs = nowMs;
    this.#armProbe();
  }

  /** A probe repeats what was sent last: where only the end of something was lost, that mends it. */
  repeatNewest(): void {
    const { packets } = this;
    let packet = packets.next - 1;
    while (packet >= packets.oldest && packets.fateOf(packet) !== FATE.outstanding) packet--;
    if (packet >= packets.oldest) packets.forEachFrame(packet, this.#onFrameLost);
  }

  /** The packets go another way from now on. */
  onPathChanged(roundTripMs: number, nowMs: number): void {
    this.#firstOnPath = this.packets.next;
    this.#roundTrip = new RoundTrip(roundTripMs);
    this.#control = new CongestionControl(this.#random, this.#packetBytes, roundTripMs, nowMs);
    this.#reordering.clear();
    this.#probesInRow = 0;
    if (this.#inFlightBytes > 0) this.#probesOwed = PROBES_AT_ONCE;
  }

  #onAcked(packet: number, nowMs: number): void {
    const { packets } = this;
    const bytes = packets.bytesOf(packet);
    const sentMs = packets.sentMsOf(packet);
    packets.settle(packet, FATE.acked);
    this.#inFlightBytes -= bytes;
    this.#ackedBytes += bytes;
    this.#largestAcked = Math.max(this.#largestAcked, packet);
    this.#ackedSentMs = Math.max(this.#ackedSentMs, sentMs);
    this.#rate.onAcked(packet, bytes, sentMs, nowMs);
    if (this.#rate.wasBelowRate(packet)) this.#control.model.takeFate("arrived");
    packets.forEachFrame(packet, this.#onFrameAcked);
  }

  #onLate(packet: number, nowMs: number): void {
    const { packets } = this;
    packets.settle(packet, FATE.acked);
    this.#lateAcks++;
    this.#rate.onLate(packets.bytesOf(packet));
    const lateMs = nowMs - packets.sentMsOf(packet) - this.#roundTrip.smoothedMs;
    if (packet >= this.#firstOnPath) this.#reordering.onLate(lateMs);
    packets.forEachFrame(packet, this.#onFrameAcked);
  }

  #sampleRoundTrip(packet: number, delayMs: number, nowMs: number): void {
    const sampleMs = nowMs - this.packets.sentMsOf(packet);
    this.#control.onRoundTrip(sampleMs, delayMs, nowMs);
    this.#roundTrip.sample(sampleMs, delayMs, this.#control.model.leastRoundTripMs);
  }

  /**
   * A packet is lost when one that was sent later has arrived, and a round trip and the time that
   * packets overtake each other by have passed since.
   */
  #detect(nowMs: number): void {
    const { packets } = this;
    const roundTripMs = Math.max(this.#roundTrip.smoothedMs, this.#roundTrip.latestMs);
    const leastMs = Math.min(this.#control.model.leastRoundTripMs, roundTripMs);
    const waitMs = roundTripMs + this.#reordering.widthMs(leastMs, this.#roundTrip.smoothedMs);
    this.#lossDueMs = Infinity;
    let hasLost = false;
    for (let packet = packets.oldestOutstanding; packet < packets.next; packet++) {
      if (packets.fateOf(packet) !== FATE.outstanding) continue;
      const sentMs = packets.sentMsOf(packet);
      if (sentMs > this.#ackedSentMs) break;
      if (sentMs + waitMs > nowMs) {
        this.#lossDueMs = sentMs + waitMs;
        break;
      }
      this.#onLost(packet);
      hasLost = true;
    }
    if (hasLost) this.#reordering.onLoss(this.#control.model.rounds);
  }

  #onLost(packet: number): void {
    const { packets } = this;
    const bytes = packets.bytesOf(packet);
    packets.settle(packet, FATE.lost);
    this.#inFlightBytes -= bytes;
    this.#lostPackets++;
    this.#rate.onLost(bytes);
    if (this.#rate.wasBelowRate(packet)) this.#control.model.takeFate("lost");
    packets.forEachFrame(packet, this.#onFrameLost);
  }

  #armProbe(): void {
    if (this.#inFlightBytes === 0) {
      this.#probeDueMs = Infinity;
      return;
    }
    const { probeMs } = this.#roundTrip;
    const pauseMs = Math.min(
      probeMs * 2 ** this.#probesInRow,
      Math.max(probeMs, MAX_PROBE_PAUSE_MS),
    );
    this.#probeDueMs = Math.max(this.#lastAskingMs + pauseMs, this.#lastAskingMs + TIMER_MS);
  }

  #drawSkip(): number {
    return this.packets.next + 1 + Math.floor(this.#random() * 2 * SKIP_EVERY_PACKETS);
  }
}
