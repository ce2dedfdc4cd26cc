/**
 * What went one way over a stream.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { StatusLine } from "../status.ts";
import { formatBytes, formatRate } from "./amounts.ts";

/** Which way, as this side sees it. */
export type Direction = "sent" | "received";

/** See the module. */
export class Transfer {
  readonly direction: Direction;
  /** How many bytes it is to be, as far as the sender knows; a receiver has only its word for it. */
  totalBytes: number | undefined;
  readonly #startedMs: number;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  constructor(direction: Direction, totalBytes: number | undefined, nowMs: number) {
    this.direction = direction;
    this.totalBytes = totalBytes;
    this.#startedMs = nowMs;
  }

  /** How many bytes went so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes bytes that went, in their order. */
  add(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }

  /** How far it came, in words: `1.05 GB`, or `3 bytes of 1.05 GB`. */
  get extent(): string {
    const { totalBytes } = this;
    const isPart = totalBytes !== undefined && totalBytes > this.#bytes;
    return formatBytes(this.#bytes) + (isPart ? ` of ${formatBytes(totalBytes)}` : "");
  }

  /** That all of it has arrived, for people and programs; once. What was empty is a detail. */
  complete(nowMs: number): StatusLine[] {
    const { direction } = this;
    const bytes = this.#bytes;
    const durationMs = nowMs - this.#startedMs;
    const sha256 = this.#hash.digest("hex");
    const text = `${direction} ${formatBytes(bytes)} in ${(durationMs / 1_000).toFixed(1)} s, ` +
      formatRate(bytes, durationMs);
    const members = { bytes, durationMs: Math.round(durationMs), sha256 };
    return [
      { level: bytes > 0 ? "info" : "detail", kind: direction, text, members },
      {
        level: "detail",
        kind: `${direction}_sha256`,
        text: `SHA-256 of what was ${direction}: ${sha256}`,
        members: { sha256 },
      },
    ];
  }
}
