/**
 * Lines to a stream that may have no reader: written behind, in a bounded space.
 *
 * A pipe that is full, a terminal that is stopped (Ctrl+S) and a console in which text is selected
 * hold a write back for as long as they like. Only a thread of the runtime waits then, and nothing
 * else.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { escapeHidden } from "../visible_text.ts";

/** Where bytes go, e.g. `Deno.stdout`. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** A second of a busy log at debug. */
const MAX_WAITING_CHARS = 256 * 1024;

/** What a pipe takes whole or not at all (POSIX: PIPE_BUF; 4096 on Linux). */
const WRITE_BYTES = 4096;

/** Pause before a pipe that somebody else made non-blocking is tried again. */
const FULL_PIPE_PAUSE_MS = 50;

/**
 * Writes all of `bytes`, and waits until it is written, also to a pipe that somebody else made
 * non-blocking.
 *
 * @param mostAtOnce bytes that are given to the sink in one write
 * @throws {Error} what the sink throws
 */
export async function writeAll(
  sink: ByteSink,
  clock: Clock,
  bytes: Uint8Array,
  mostAtOnce: number = bytes.length,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += await sink.write(bytes.subarray(done, done + mostAtOnce));
    } catch (error) {
      if (!isFull(error)) throw error;
      await new Promise<void>((resolve) => clock.schedule(FULL_PIPE_PAUSE_MS, resolve));
    }
  }
}

/** Writes lines in the order in which they came; the oldest go when too many wait. */
export class LineWriter {
  readonly #sink: ByteSink;
  readonly #clock: Clock;
  #describeLoss = describeLostLines;
  #waiting: string[] = [];
  #waitingChars = 0;
  #lost = 0;
  /** What is to stand below all lines, and what does. */
  #foot = "";
  #shownFoot = "";
  #writing: Promise<void> | undefined;

  constructor(sink: ByteSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Takes a line, and returns at once. */
  write(line: string): void {
    const text = `${escapeHidden(line)}\n`;
    this.#waiting.push(text);
    this.#waitingChars += text.length;
    while (this.#waitingChars > MAX_WAITING_CHARS) {
      this.#waitingChars -= (this.#waiting.shift() as string).length;
      this.#lost++;
    }
    this.#writing ??= this.#writeWaiting();
  }

  /**
   * Shows a text without a line end below all lines, in place of the last one; an empty one takes it
   * away. For terminals, and shorter than their lines.
   */
  foot(text: string): void {
    this.#foot = escapeHidden(text);
    this.#writing ??= this.#writeWaiting();
  }

  /** Has lost lines counted in another form than {@linkcode describeLostLines}. */
  describeLossAs(describe: (count: number) => string): void {
    this.#describeLoss = describe;
  }

  /** Resolves when everything is written, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#writing === undefined) return;
    const timeout = Promise.withResolvers<void>();
    const cancel = this.#clock.schedule(timeoutMs, timeout.resolve);
    await Promise.race([this.#writing, timeout.promise]);
    cancel();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0 || this.#foot !== this.#shownFoot) {
      const lines = this.#waiting;
      const erasure = this.#shownFoot === "" ? "" : `\r${" ".repeat(this.#shownFoot.length)}\r`;
      this.#shownFoot = this.#foot;
      const lost = this.#lost;
      this.#waiting = [];
      this.#waitingChars = 0;
      this.#lost = 0;
      const notice = lost > 0 ? [`${escapeHidden(this.#describeLoss(lost))}\n`] : [];
      const isWritten = await this.#writeAll(
        new TextEncoder().encode([erasure, ...notice, ...lines, this.#shownFoot].join("")),
      );
      // A closed pipe or a full disk: how much of it got through is not known.
      if (!isWritten) this.#lost += lost + lines.length;
    }
    this.#writing = undefined;
  }

  /** Whether all of it got through. */
  async #writeAll(bytes: Uint8Array): Promise<boolean> {
    try {
      await writeAll(this.#sink, this.#clock, bytes, WRITE_BYTES);
    } catch {
      return false;
    }
    return true;
  }
}

/** The line that stands for lost ones. */
export function describeLostLines(count: number): string {
  return `${count} ${count === 1 ? "line was" : "lines were"} not written: nobody read them`;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
