/**
 * Lines as datagrams, and datagrams as lines: what `nc -u` does.
 *
 * @module
 */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts a stream into lines without their ends; the last one may lack it. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(0);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield withoutReturn(join(held, chunk.subarray(start, end)));
      held = new Uint8Array(0);
      start = end + 1;
    }
    held = join(held, chunk.subarray(start));
  }
  if (held.length > 0) yield withoutReturn(held);
}

/** A datagram as a line, after the name of who said it, if that is to be shown. */
export function toLine(datagram: Uint8Array, speaker?: string): Uint8Array {
  const line = join(datagram, Uint8Array.of(LINE_FEED));
  return speaker === undefined ? line : join(new TextEncoder().encode(`${speaker}: `), line);
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Consoles of Windows end lines with two characters. */
function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
