/**
 * What users of streams do wrong, the same in Deno, Node.js and Bun: nothing of it hangs, is dropped
 * without a word, or keeps the process alive.
 *
 *     mistakes.ts SERVER
 *
 * Prints what comes of each mistake, one line each, and then ends by itself.
 *
 * @module
 */

import process from "node:process";
import {
  type Connection,
  host,
  join,
  newCode,
  PeerError,
  type PeerStream,
} from "@containment-breach/containment-breach/peer";

const options = { server: process.argv[2], code: newCode() };
process.on("unhandledRejection", (reason) => console.log("unhandled", reason));

/** Two connected peers of this process. */
async function meet(): Promise<readonly [Connection, Connection, () => Promise<void>]> {
  const hosting = await host(options);
  const toHost = await join(options);
  const { value: toJoiner } = await hosting[Symbol.asyncIterator]().next();
  return [toHost, toJoiner as Connection, () => hosting.close()];
}

async function streamOf(a: Connection, b: Connection): Promise<readonly [PeerStream, PeerStream]> {
  const mine = await a.openStream();
  const writer = mine.writable.getWriter();
  await writer.write(Uint8Array.of(1));
  writer.releaseLock();
  const { value } = await b.incomingStreams.next();
  return [mine, value as PeerStream];
}

/** What comes of something, in a word or two. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    return String(await promise);
  } catch (error) {
    if (error instanceof PeerError) return error.code;
    return error instanceof Error ? error.name : `thrown ${error}`;
  }
}

async function lengthOf({ readable }: PeerStream): Promise<number> {
  let length = 0;
  for await (const chunk of readable) length += chunk.length;
  return length;
}

type Mistake = (
  mine: PeerStream,
  theirs: PeerStream,
  a: Connection,
  b: Connection,
) => Promise<string[]>;

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "closed right behind the last write": async (mine, theirs, a) => {
    const writer = mine.writable.getWriter();
    const mistake = [
      writer.write(new Uint8Array(100)),
      writer.close(),
      a.close(),
      lengthOf(theirs),
    ];
    return await Promise.all(mistake.map(outcome));
  },
  "closed while nobody reads what was written without waiting": async ({ writable }, _, a) => {
    const writer = writable.getWriter();
    const writes = Array.from({ length: 60 }, () => writer.write(new Uint8Array(100_000)));
    const isFull = (writer.desiredSize ?? 0) < 0;
    const results = writes.map(outcome);
    await a.close();
    return [isFull ? "told that it is full" : "not told", ...new Set(await Promise.all(results))];
  },
  "bytes that are passed on while they wait": async (mine, theirs) => {
    const writer = mine.writable.getWriter();
    const bytes = new Uint8Array(3_000_000);
    const writing = outcome(writer.write(bytes));
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const reading = outcome(lengthOf(theirs));
    return [await writing, await reading, await outcome(writer.close())];
  },
  "text": async (mine, theirs) => {
    const text = "text" as unknown as Uint8Array;
    return [
      await outcome(mine.writable.getWriter().write(text)),
      await outcome(lengthOf(theirs)),
    ];
  },
  "two readers": async (_, { readable }) => {
    readable.getReader();
    return [await outcome(Promise.resolve().then(() => readable.getReader()))];
  },
  "given up in every way and order": async (mine, theirs) => {
    const steps = [
      () => mine.readable.cancel(3),
      () => mine.readable.cancel(4),
      () => mine.writable.abort(5),
      () => mine.writable.abort(6),
      () => mine.writable.close(),
      () => theirs.readable.cancel(),
      () => theirs.writable.abort(),
      () => theirs.writable.close(),
    ];
    const results: string[] = [];
    for (const step of steps) results.push(await outcome(step()));
    return results;
  },
  "used after its end": async (_, __, a, b) => {
    await a.close();
    await b.ended;
    return [
      await outcome(a.openStream()),
      await outcome(b.openStream()),
      await outcome(a.close()),
      await outcome(a.incomingStreams.next().then(({ done }) => done)),
      await outcome(a.send(Uint8Array.of(1))),
    ];
  },
  "streams that nobody ends": async (_, __, a) => {
    const opened = Array.from({ length: 100 }, () => a.openStream());
    return [`${(await Promise.all(opened)).length} opened`];
  },
};

for (const [name, mistake] of Object.entries(MISTAKES)) {
  const [a, b, end] = await meet();
  const [mine, theirs] = await streamOf(a, b);
  const results = await mistake(mine, theirs, a, b);
  console.log(`${name}: ${results.join(", ")}`);
  await end();
}
console.log("over");
