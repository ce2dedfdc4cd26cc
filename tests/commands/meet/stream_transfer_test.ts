import { assertEquals, assertRejects } from "@std/assert";
import {
  OutputError,
  receiveTransfer,
  sendTransfer,
} from "../../../src/commands/meet/stream_transfer.ts";
import { Transfer } from "../../../src/commands/meet/transfer.ts";
import type { FlowStream } from "../../../src/commands/command_streams.ts";

/** Both ends of a stream, of which a test has the second. */
function connected() {
  const [there, back] = [1, 2].map(() => new TransformStream<Uint8Array, Uint8Array>());
  const here: FlowStream = {
    readable: back.readable,
    writable: there.writable,
    beginning: new Uint8Array(),
  };
  return { here, reader: there.readable.getReader(), writer: back.writable.getWriter() };
}

function count(value: number): number[] {
  return [0, 0, 0, 0, ...new Uint8Array(Uint32Array.of(value).buffer).reverse()];
}

const NEVER = new AbortController().signal;
const UNKNOWN = Array(8).fill(255);

async function* chunks(...all: number[][]) {
  for (const chunk of all) yield Uint8Array.from(chunk);
}

/** What a sender does when the other side confirms with these bytes. */
async function send(totalBytes: number | undefined, ...receipt: number[][]) {
  const { here, reader, writer } = connected();
  const transfer = new Transfer("sent", totalBytes, 0);
  const sending = sendTransfer(here, chunks([1, 2], [3]), transfer, NEVER);
  const sent: number[] = [];
  const receiving = (async () => {
    for (let read; !(read = await reader.read()).done;) sent.push(...read.value);
    for (const bytes of receipt) await writer.write(Uint8Array.from(bytes));
    await writer.close();
  })();
  const outcome = sending.then(() => "confirmed", ({ message }) => message);
  receiving.catch(() => {});
  return { outcome: await outcome, sent };
}

/** What a receiver does with what comes in these chunks, the first of which came with its kind. */
async function receive(beginning: number[], ...rest: number[][]) {
  const { here, reader, writer } = connected();
  const transfer = new Transfer("received", undefined, 0);
  const written: (number | "end")[] = [];
  const io = {
    output: (bytes: Uint8Array) => Promise.resolve(void written.push(...bytes)),
    closeOutput: () => void written.push("end"),
  };
  const stream = { ...here, beginning: Uint8Array.from(beginning) };
  const receiving = receiveTransfer(stream, io, transfer, NEVER);
  const confirmed: number[] = [];
  const sending = (async () => {
    for (const bytes of rest) await writer.write(Uint8Array.from(bytes));
    await writer.close();
    for (let read; !(read = await reader.read()).done;) confirmed.push(...read.value);
  })().catch(() => {});
  const outcome = await receiving.then(() => "whole", ({ message }) => message);
  await sending;
  return { outcome, written, confirmed, totalBytes: transfer.totalBytes };
}

Deno.test("a sender says how much it is to be, and is done when the other side has written it", async () => {
  assertEquals(await send(3, count(3)), { outcome: "confirmed", sent: [...count(3), 1, 2, 3] });
  assertEquals(await send(undefined, ...count(3).map((byte) => [byte])), {
    outcome: "confirmed",
    sent: [...UNKNOWN, 1, 2, 3],
  });
});

Deno.test("a sender takes nothing but its own count for a confirmation", async () => {
  const expected = "Cannot confirm a transfer: expected 3 bytes to be written on the other side, " +
    "received ";
  assertEquals((await send(3, count(2))).outcome, `${expected}2`);
  assertEquals((await send(3, UNKNOWN)).outcome, `${expected}an unknown number`);
  assertEquals(
    (await send(3, [0, 0])).outcome,
    "Cannot go on with a stream: expected a count, received 2 bytes",
  );
});

Deno.test("a receiver finds the bytes behind the count, closes its output and confirms", async () => {
  const whole = { outcome: "whole", written: [1, 2, 3, "end"], confirmed: count(3) };
  assertEquals(await receive([...count(9), 1], [2, 3]), { ...whole, totalBytes: 9 });
  assertEquals(await receive([], ...[...UNKNOWN, 1, 2, 3].map((byte) => [byte])), {
    ...whole,
    totalBytes: undefined,
  });
  const empty = { outcome: "whole", written: ["end"], confirmed: count(0), totalBytes: 0 };
  assertEquals(await receive(count(0)), empty);
});

Deno.test("a receiver confirms nothing that has no beginning", async () => {
  assertEquals(await receive([1], [2]), {
    outcome: "Cannot go on with a stream: expected a count, received 2 bytes",
    written: [],
    confirmed: [],
    totalBytes: undefined,
  });
});

Deno.test("an output that fails tells the sender, and confirms nothing", async () => {
  const { here, reader, writer } = connected();
  const io = { output: () => Promise.reject(new Error("full")), closeOutput: () => {} };
  const transfer = new Transfer("received", undefined, 0);
  const receiving = receiveTransfer(here, io, transfer, NEVER);
  writer.write(Uint8Array.from([...count(1), 1])).catch(() => {});
  await assertRejects(() => receiving, OutputError, "standard output cannot be written: full");
  await assertRejects(() => writer.closed);
  await assertRejects(() => reader.read());
});

Deno.test("a sender whose input gives nothing notices that the stream has failed", async () => {
  const { here, reader } = connected();
  const waiting = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const sending = sendTransfer(here, waiting, new Transfer("sent", undefined, 0), NEVER);
  await reader.read();
  const reason = new Error("gone");
  await reader.cancel(reason);
  assertEquals(await sending.then(() => undefined, (error) => error), reason);
});

Deno.test("a transfer that is stopped is given up in both directions", async () => {
  for (const work of ["send", "receive"] as const) {
    const stop = new AbortController();
    const { here, reader, writer } = connected();
    const transfer = new Transfer("sent", undefined, 0);
    const waiting = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    };
    let isClosed = false;
    const io = {
      output: () => Promise.resolve(),
      closeOutput: () => void (isClosed = true),
    };
    const working = work === "send"
      ? sendTransfer(here, waiting, transfer, stop.signal)
      : receiveTransfer(here, io, transfer, stop.signal);
    const ended = working.then(() => "done", () => "given up");
    if (work === "send") await reader.read();
    else await writer.write(Uint8Array.from([...UNKNOWN, 1]));
    stop.abort();
    assertEquals([await ended, isClosed], ["given up", false]);
    await assertRejects(() => reader.read());
    await assertRejects(() => writer.closed);
  }
});
