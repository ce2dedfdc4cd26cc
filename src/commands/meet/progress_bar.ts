/**
 * How far streams are, below the lines of standard error: for whoever watches.
 *
 * @module
 */

import type { CommandIo } from "../io.ts";
import { PROGRESS_MS, RATE_WINDOW_MS } from "../limits.ts";
import { formatBytes, formatDuration, formatRate } from "./amounts.ts";
import type { Transfer } from "./transfer.ts";

/** What is shown of one stream. */
export interface Shown {
  readonly direction: string;
  readonly bytes: number;
  readonly totalBytes: number | undefined;
  /** Bytes that went in the last `recentMs`. */
  readonly recentBytes: number;
  readonly recentMs: number;
}

/** What was known of a stream at a time. */
interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** The bar is not worth its place below this, and hard to read above that. */
const BAR_COLUMNS = { least: 8, most: 40 };

/** What most texts fit into, so that the bar stands still. */
const TEXT_COLUMNS = 56;

/** See the module. */
export class ProgressBar {
  readonly #io: CommandIo;
  readonly #samples = new Map<Transfer, Sample[]>();
  #cancel: (() => void) | undefined;

  constructor(io: CommandIo) {
    this.#io = io;
  }

  /** Shows how far a stream is, from now on. */
  begin(transfer: Transfer): void {
    const { clock } = this.#io.platform;
    this.#samples.set(transfer, [{ atMs: clock.nowMs(), bytes: transfer.bytes }]);
    this.#cancel ??= this.#schedule();
  }

  /** Shows a stream no longer. */
  end(transfer: Transfer): void {
    this.#samples.delete(transfer);
    if (this.#samples.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#io.footColumns() > 0) this.#io.foot("");
  }

  #schedule(): () => void {
    return this.#io.platform.clock.schedule(PROGRESS_MS, () => {
      this.#cancel = this.#schedule();
      this.#show();
    });
  }

  #show(): void {
    const columns = this.#io.footColumns();
    if (columns === 0) return;
    const nowMs = this.#io.platform.clock.nowMs();
    const shown = [...this.#samples].map(([transfer, samples]) => sample(transfer, samples, nowMs));
    this.#io.foot(progressText(shown, columns));
  }
}

/** Notes how far a stream is, and forgets what is older than its rate. */
function sample(transfer: Transfer, samples: Sample[], nowMs: number): Shown {
  const { direction, bytes, totalBytes } = transfer;
  samples.push({ atMs: nowMs, bytes });
  while (nowMs - samples[0].atMs > RATE_WINDOW_MS) samples.shift();
  const { atMs, bytes: before } = samples[0];
  return { direction, bytes, totalBytes, recentBytes: bytes - before, recentMs: nowMs - atMs };
}

/** One line of at most `columns` characters. */
export function progressText(shown: readonly Shown[], columns: number): string {
  const texts = shown.map(describe);
  const text = texts.join("; ");
  const [only] = shown;
  const textColumns = Math.max(text.length, TEXT_COLUMNS);
  const room = Math.min(columns - textColumns - "[] ".length, BAR_COLUMNS.most);
  if (shown.length > 1 || only.totalBytes === undefined || room < BAR_COLUMNS.least) {
    return text.slice(0, columns);
  }
  const full = Math.round(room * fraction(only.bytes, only.totalBytes));
  return `[${"#".repeat(full)}${"-".repeat(room - full)}] ${text}`;
}

function describe({ direction, bytes, totalBytes, recentBytes, recentMs }: Shown): string {
  const rate = formatRate(recentBytes, recentMs);
  if (totalBytes === undefined) return `${direction} ${formatBytes(bytes)}, ${rate}`;
  const percent = Math.floor(100 * fraction(bytes, totalBytes));
  const left = recentBytes > 0
    ? `, ${formatDuration(Math.max(0, totalBytes - bytes) * recentMs / recentBytes)} left`
    : "";
  return `${direction} ${formatBytes(bytes)} of ${formatBytes(totalBytes)} (${percent} %), ` +
    `${rate}${left}`;
}

/** A file may grow while it is read, and what a remote peer says of it may be anything. */
function fraction(bytes: number, totalBytes: number): number {
  return totalBytes > 0 ? Math.min(1, bytes / totalBytes) : 1;
}
