/**
 * One stream: both of its halves, and what is owed to the remote peer about it.
 *
 * @module
 */

import { FlowWindow, type WindowBudget } from "./flow_window.ts";
import { FIRST_STREAM_WINDOW_BYTES } from "./limits.ts";
import type { MemoryShare } from "./memory_pool.ts";
import { ReceivingHalf } from "./receiving_half.ts";
import { SendingHalf } from "./sending_half.ts";

/** A stream that is not over. */
export class Stream {
  readonly number: number;
  readonly sending: SendingHalf;
  readonly receiving: ReceivingHalf;
  readonly window: FlowWindow;
  /** Whether its reader was told, and has not come to the end of it since. */
  isReadableTold = false;
  /** Whether its writer waits for room. */
  wantsRoom = false;
  owesReset = false;
  /** Packets that are to say how far the remote peer may send. */
  owedLimits = 0;
  /** The code with which its reader wants no more, until the remote peer is told. */
  owedStop: number | undefined;
  stopCode = 0;

  constructor(number: number, budget: WindowBudget, memory: MemoryShare, nowMs: number) {
    this.number = number;
    this.sending = new SendingHalf(FIRST_STREAM_WINDOW_BYTES, memory);
    this.receiving = new ReceivingHalf(FIRST_STREAM_WINDOW_BYTES, memory);
    this.window = new FlowWindow(budget, nowMs);
  }

  /** Whether a frame about it is to be sent, besides its bytes. */
  get owesFrame(): boolean {
    return this.owesReset || this.owedLimits > 0 || this.owedStop !== undefined;
  }

  /** It is over: gives back what it holds. */
  close(): void {
    this.window.close();
    this.sending.clear();
    this.receiving.clear();
  }

  /** Whether nothing is to come of it on either side. */
  get isOver(): boolean {
    return this.sending.isFinished && this.receiving.isOver;
  }
}
