/**
 * Lines as datagrams, and datagrams as lines: what `nc -u` does.
 *
 * @module
 */

import { MAX_DATAGRAM_BYTES } from "../../peer/mod.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What ends a line: consoles of Windows have two characters, and in a file both may be data. */
export type LineEnd = "LF" | "LF or CR LF";

/** A line without its end. */
export interface Line {
  /** `undefined` where it is longer than any datagram: then it was not kept. */
  readonly bytes: Uint8Array | undefined;
  readonly length: number;
}

/** Cuts a stream into lines without their ends; the last one may lack it. */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  lineEnd: LineEnd,
): AsyncGenerator<Line> {
  let line = new GrowingLine();
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      line.add(chunk.subarray(start, end));
      yield line.finish(lineEnd);
      line = new GrowingLine();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (line.length > 0) yield line.finish(lineEnd);
}

/** A datagram as a line, after the name of who said it, if that is to be shown. */
export function toLine(datagram: Uint8Array, speaker?: string): Uint8Array {
  const name = new TextEncoder().encode(speaker === undefined ? "" : `${speaker}: `);
  return join([name, datagram, Uint8Array.of(LINE_FEED)]);
}

/** A line whose end has not come: its parts, as long as it may be sent at all. */
class GrowingLine {
  length = 0;
  #parts: Uint8Array[] = [];

  add(part: Uint8Array): void {
    this.length += part.length;
    // One more than is sent, since the last one may be a carriage return.
    if (this.length > MAX_DATAGRAM_BYTES + 1) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  finish(lineEnd: LineEnd): Line {
    if (this.length > MAX_DATAGRAM_BYTES + 1) return { bytes: undefined, length: this.length };
    const whole = join(this.#parts);
    const hasReturn = lineEnd === "LF or CR LF" && whole.at(-1) === CARRIAGE_RETURN;
    const bytes = hasReturn ? whole.subarray(0, -1) : whole;
    const { length } = bytes;
    return { bytes: length > MAX_DATAGRAM_BYTES ? undefined : bytes, length };
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}
