/**
 * Broken variants of the streams: each is one change of the source that a hurried programmer could
 * make. The checkers or the figures must notice every one of them.
 *
 * @module
 */

import type { Mutant } from "../../../simulation/mutants/mutant.ts";
import {
  carriesBytes,
  changesPath,
  endsStreams,
  findsMore,
  holdsBackForReaders,
  leavesRoom,
  pausesReaders,
  repairsSoon,
  type Scenario,
  sharesStreams,
  survivesPauses,
  takesRoomBack,
} from "../scenarios.ts";

/** A mutant, and the run that shows it. */
export interface StreamMutant extends Mutant {
  readonly shownBy: Scenario;
}

/** Mutants of what becomes of packets. */
const LOSS_MUTANTS: readonly StreamMutant[] = [
  {
    name: "nothing is ever lost",
    file: "recovery.ts",
    text: "if (sentMs + waitMs > nowMs) {",
    replacement: "if (sentMs + waitMs > 0) {",
    shownBy: carriesBytes,
  },
  {
    name: "a packet is lost as soon as a later one arrives",
    file: "recovery.ts",
    text: "const waitMs = roundTripMs + this",
    replacement: "const waitMs = 0 * this",
    shownBy: carriesBytes,
  },
  {
    name: "no timer looks for lost packets",
    file: "recovery.ts",
    text: "return Math.min(this.#lossDueMs, this.#probeDueMs);",
    replacement: "return this.#probeDueMs;",
    shownBy: repairsSoon,
  },
  {
    name: "the window of reordering does not grow",
    file: "reordering_window.ts",
    text: "this.#learntMs = lateMs * 1.25;",
    replacement: "",
    shownBy: carriesBytes,
  },
  {
    name: "a late acknowledgement says nothing",
    file: "recovery.ts",
    text: "this.#onLate(packet, nowMs);",
    replacement: "",
    shownBy: carriesBytes,
  },
  {
    name: "the end of what was sent is not probed for",
    file: "recovery.ts",
    text: "this.#probesInRow++;\n    this.#probesOwed = PROBES_AT_ONCE;",
    replacement: "this.#probesInRow++;",
    shownBy: endsStreams,
  },
  {
    name: "probes come ever more seldom",
    file: "recovery.ts",
    text: "Math.max(probeMs, MAX_PROBE_PAUSE_MS)",
    replacement: "Infinity",
    shownBy: survivesPauses,
  },
  {
    name: "the end of a stream is sent once",
    file: "outbox.ts",
    text: "offset + length + (isLast ? 1 : 0));",
    replacement: "offset + length);",
    shownBy: endsStreams,
  },
  {
    name: "what was lost is sent again in a row that nobody keeps",
    file: "sending_half.ts",
    text: "this.#acked.forEachMissing(from, end, (start, end) => this.#lost.add(start, end));",
    replacement: "this.#lost.add(from, from);",
    shownBy: carriesBytes,
  },
];

/** Mutants of acknowledgements. */
const ACK_MUTANTS: readonly StreamMutant[] = [
  {
    name: "only the newest packets are acknowledged",
    file: "received_packets.ts",
    text: "writer.varint(index - last);",
    replacement: "writer.varint(0);\n    index = last;",
    shownBy: carriesBytes,
  },
  {
    name: "gaps are acknowledged as well",
    file: "received_packets.ts",
    text: "this.#ranges.add(packet, packet + 1);",
    replacement: "this.#ranges.add(this.#largest < 0 ? packet : this.#largest, packet + 1);",
    shownBy: carriesBytes,
  },
  {
    name: "every packet is acknowledged at once",
    file: "received_packets.ts",
    text: 'asks === "now" || this.#unacked >= ACK_EVERY_PACKETS',
    replacement: "true",
    shownBy: carriesBytes,
  },
  {
    name: "a few packets are not acknowledged",
    file: "received_packets.ts",
    text: "isNow ? nowMs : nowMs + ACK_DELAY_MS",
    replacement: "isNow ? nowMs : Infinity",
    shownBy: endsStreams,
  },
];

/** Mutants of windows and buffers. */
const WINDOW_MUTANTS: readonly StreamMutant[] = [
  {
    name: "a sender pays no heed to the window",
    file: "sending_half.ts",
    text: "const allowed = piece.isAgain ? Infinity : this.#limit - this.#sentEnd;",
    replacement: "const allowed = Infinity;",
    shownBy: survivesPauses,
  },
  {
    name: "a window does not move",
    file: "flow_window.ts",
    text: "return state.limit - state.readBytes <= this.#bytes * 3 / 4 || this.#isHeldUp(state);",
    replacement: "return state.limit < state.readBytes;",
    shownBy: carriesBytes,
  },
  {
    name: "a window does not grow",
    file: "flow_window.ts",
    text: "if (this.#isTooSmall(state, roundTripMs, nowMs)) this.#grow();",
    replacement: "",
    shownBy: carriesBytes,
  },
  {
    name: "a window grows for a reader that does not keep up",
    file: "flow_window.ts",
    text: "if (this.#isTooSmall(state, roundTripMs, nowMs)) this.#grow();",
    replacement: "this.#grow();",
    shownBy: holdsBackForReaders,
  },
  {
    name: "a window that was opened and lost is not opened again",
    file: "outbox.ts",
    text: "if (stream.receiving.needsWindow) stream.owedLimits ||= 1;",
    replacement: "",
    shownBy: pausesReaders,
  },
  {
    name: "a writer is never held back",
    file: "streams.ts",
    text: "const room = this.#roomOf(stream);",
    replacement: "const room = bytes.length;",
    shownBy: survivesPauses,
  },
  {
    name: "a writer that was held back is not told of room",
    file: "streams.ts",
    text: "if (!stream.wantsRoom || this.#roomOf(stream) < LEAST_SEND_BUFFER_BYTES / 2) return;",
    replacement: "return;",
    shownBy: carriesBytes,
  },
  {
    name: "who had his turn stays at the head",
    file: "outbox.ts",
    text: "const [stream] = queue;",
    replacement: "const [stream] = [...queue].sort((a, b) => a.number - b.number);",
    shownBy: sharesStreams,
  },
];

/** Mutants of how much is sent, and how fast. */
const PACE_MUTANTS: readonly StreamMutant[] = [
  {
    name: "nothing is paced",
    file: "streams.ts",
    text: "return !isWindowFull && paceMs <= nowMs;",
    replacement: "return !isWindowFull;",
    shownBy: carriesBytes,
  },
  {
    name: "a late timer is not made up for",
    file: "pacer.ts",
    text: "nowMs - creditMs",
    replacement: "nowMs",
    shownBy: carriesBytes,
  },
  {
    name: "an idle time is made up for without limit",
    file: "pacer.ts",
    text: "Math.max(this.#nextMs, nowMs - creditMs)",
    replacement: "this.#nextMs",
    shownBy: sharesStreams,
  },
  {
    name: "the start does not end where a queue overflows",
    file: "congestion_control.ts",
    text:
      "if (isOurs && this.model.isQueueForming || this.#isFlooding(sample)) this.#isPathFull = true;",
    replacement: "",
    shownBy: carriesBytes,
  },
  {
    name: "loss that is always there is not made up for",
    file: "path_model.ts",
    text: "return this.#lossFloor;",
    replacement: "return 0;",
    shownBy: findsMore,
  },
  {
    name: "a queue that overflows makes nobody yield",
    file: "yielding.ts",
    text: "this.#capBytes = YIELD_PART * Math.min(this.#capBytes, this.#roundMostBytes);",
    replacement: "",
    shownBy: leavesRoom,
  },
  {
    name: "what was yielded is never regained",
    file: "yielding.ts",
    text: "this.#capBytes *= REGAIN;",
    replacement: "this.#capBytes *= 1;",
    shownBy: takesRoomBack,
  },
  {
    name: "more is never tried",
    file: "congestion_control.ts",
    text: "up: 1.25,",
    replacement: "up: 1,",
    shownBy: findsMore,
  },
  {
    name: "a path that changed is sent on as before",
    file: "recovery.ts",
    text:
      "this.#control = new CongestionControl(this.#random, this.#packetBytes, roundTripMs, nowMs);\n    this.#reordering",
    replacement: "this.#reordering",
    shownBy: changesPath,
  },
];

/** Every mutant. */
export const STREAM_MUTANTS: readonly StreamMutant[] = [
  ...LOSS_MUTANTS,
  ...ACK_MUTANTS,
  ...WINDOW_MUTANTS,
  ...PACE_MUTANTS,
];
