import { assert, assertEquals } from "@std/assert";
import { type ByteSink, LineWriter, writeAll } from "../../src/cli/line_writer.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

/** A stream whose reader a test stops and lets go on. */
class FakeSink implements ByteSink {
  text = "";
  writes = 0;
  #stopped: PromiseWithResolvers<void> | undefined;
  #error: Error | undefined;

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    await this.#stopped?.promise;
    if (this.#error !== undefined) throw this.#error;
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  stop(): void {
    this.#stopped = Promise.withResolvers();
  }

  goOn(): void {
    this.#stopped?.resolve();
    this.#stopped = undefined;
  }

  failWith(code: string | undefined): void {
    this.#error = code === undefined ? undefined : Object.assign(new Error(code), { code });
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

function rig() {
  const sink = new FakeSink();
  const clock = new VirtualClock(0);
  return { sink, clock, writer: new LineWriter(sink, clock) };
}

/** Lets every promise that can go on do so. */
async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await null;
}

const LONG = "x".repeat(1_000);
const MANY = 1_000;

Deno.test("lines are written in their order, each escaped and ended", async () => {
  const { sink, writer } = rig();
  for (const line of ["one", "two\nthree", "", "four"]) writer.write(line);
  await settle();
  assertEquals(sink.text, "one\ntwo\\u000athree\n\nfour\n");
});

Deno.test("a reader that has stopped holds nobody up; what fits is written when it goes on", async () => {
  const { sink, writer } = rig();
  sink.stop();
  for (const line of ["one", "two", "three"]) writer.write(line);
  await settle();
  assertEquals([sink.text, sink.writes], ["", 1]);
  sink.goOn();
  await settle();
  assertEquals(sink.lines, ["one", "two", "three"]);
  // What waited goes in one write.
  assertEquals(sink.writes, 2);
});

Deno.test("what does not fit is dropped, the oldest first, and counted in its place", async () => {
  const { sink, writer } = rig();
  sink.stop();
  writer.write("first");
  for (let i = 0; i < MANY; i++) writer.write(`${i} ${LONG}`);
  sink.goOn();
  await settle();
  const [first, notice, ...rest] = sink.lines;
  assertEquals(first, "first");
  const lost = MANY - rest.length;
  assert(rest.length > 200 && rest.length < 300, `${rest.length} lines are a quarter of a MB`);
  assertEquals(notice, `${lost} lines were not written: nobody read them`);
  assertEquals(rest.map((line) => parseInt(line)), rest.map((_, i) => lost + i));
  writer.write("later");
  await settle();
  assertEquals(sink.lines.at(-1), "later");
  assertEquals(sink.text.split("were not written").length, 2);
});

Deno.test("a loss is counted in the form that was asked for", async () => {
  const { sink, writer } = rig();
  writer.describeLossAs((count) => `lost: ${count > 0}\n`);
  sink.stop();
  writer.write("first");
  for (let i = 0; i < MANY; i++) writer.write(LONG);
  sink.goOn();
  await settle();
  assertEquals(sink.lines[1], "lost: true\\u000a");
});

Deno.test("a closed pipe harms nothing; when it can be written again, the loss is said", async () => {
  const { sink, writer } = rig();
  sink.failWith("EPIPE");
  writer.write("one");
  await settle();
  writer.write("two");
  writer.write("three");
  await settle();
  sink.failWith(undefined);
  writer.write("four");
  await settle();
  assertEquals(sink.lines, ["3 lines were not written: nobody read them", "four"]);
});

Deno.test("a single lost line is counted in the singular", async () => {
  const { sink, writer } = rig();
  sink.failWith("ENOSPC");
  writer.write("one");
  await settle();
  sink.failWith(undefined);
  writer.write("two");
  await settle();
  assertEquals(sink.lines, ["1 line was not written: nobody read them", "two"]);
});

Deno.test("a full pipe that does not block is tried again, and nothing is lost", async () => {
  const { sink, clock, writer } = rig();
  sink.failWith("EAGAIN");
  writer.write("one");
  await settle();
  sink.failWith(undefined);
  writer.write("two");
  clock.runUntil(1_000);
  await settle();
  assertEquals(sink.lines, ["one", "two"]);
});

Deno.test("a flush ends when all is written, or when its time is over", async () => {
  const { sink, clock, writer } = rig();
  await writer.flush(500);
  writer.write("one");
  await writer.flush(500);
  assertEquals(sink.lines, ["one"]);
  sink.stop();
  writer.write("two");
  let over = false;
  const flushed = writer.flush(500).then(() => over = true);
  clock.runUntil(499);
  await settle();
  assertEquals(over, false);
  clock.runUntil(500);
  await flushed;
});

Deno.test("a foot stands below all lines, is replaced, and leaves nothing behind", async () => {
  const { sink, writer } = rig();
  writer.foot("10 %");
  await settle();
  writer.write("a line");
  writer.foot("9 %");
  await settle();
  writer.foot("");
  await settle();
  assertEquals(sink.text, "10 %\r    \ra line\n10 %\r    \r9 %\r   \r");
});

Deno.test("of the feet that a stopped reader has missed, it sees the last one", async () => {
  const { sink, writer } = rig();
  sink.stop();
  for (const foot of ["1", "2", "3", "4"]) {
    writer.foot(foot);
    await settle();
  }
  sink.goOn();
  await settle();
  assertEquals(sink.text, "1\r \r4");
});

Deno.test("a pipe that is full for a moment takes all of what is written to it", async () => {
  const clock = new VirtualClock(0);
  const taken: number[] = [];
  let isFull = true;
  const sink = {
    write: (bytes: Uint8Array) => {
      isFull = !isFull;
      if (!isFull) return Promise.reject(Object.assign(new Error("full"), { code: "EAGAIN" }));
      taken.push(...bytes.subarray(0, 2));
      return Promise.resolve(Math.min(2, bytes.length));
    },
  };
  let isDone = false;
  writeAll(sink, clock, Uint8Array.of(1, 2, 3, 4, 5)).then(() => isDone = true);
  for (let i = 0; i < 10 && !isDone; i++) {
    await settle();
    clock.step(1_000);
  }
  assertEquals([taken, isDone], [[1, 2, 3, 4, 5], true]);
});
