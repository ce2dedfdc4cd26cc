import { assertEquals, assertRejects } from "@std/assert";
import { Queue } from "../../src/async/queue.ts";

Deno.test("items come out in order, whether they or the reader were first", async () => {
  const queue = new Queue<number>(10);
  const early = queue.next();
  queue.push(1);
  queue.push(2);
  queue.push(3);
  assertEquals(await early, { done: false, value: 1 });
  assertEquals((await queue.next()).value, 2);
  assertEquals((await queue.next()).value, 3);
});

Deno.test("a full queue drops its oldest item and says so", async () => {
  const dropped: number[] = [];
  const queue = new Queue<number>(2, (item) => dropped.push(item));
  for (let i = 1; i <= 5; i++) queue.push(i);
  queue.end();
  assertEquals(dropped, [1, 2, 3]);
  assertEquals(queue.droppedCount, 3);
  assertEquals(await Array.fromAsync(queue), [4, 5]);
});

Deno.test("a full queue drops its oldest item, whether or not anybody is told", async () => {
  const queue = new Queue<number>(2);
  for (let i = 1; i <= 5; i++) queue.push(i);
  queue.end();
  assertEquals(queue.droppedCount, 3);
  assertEquals(await Array.fromAsync(queue), [4, 5]);
});

Deno.test("the end comes after the items, and nothing comes after the end", async () => {
  const queue = new Queue<number>(2);
  queue.push(1);
  queue.end();
  queue.push(2);
  assertEquals(await Array.fromAsync(queue), [1]);
  assertEquals(await queue.next(), { done: true, value: undefined });
});

Deno.test("a failure is thrown once, after the items", async () => {
  const queue = new Queue<number>(2);
  queue.push(1);
  queue.fail(new RangeError("spoilt"));
  assertEquals((await queue.next()).value, 1);
  await assertRejects(() => queue.next(), RangeError, "spoilt");
  assertEquals((await queue.next()).done, true);
});

Deno.test("a reader that already waits hears of the end and of a failure", async () => {
  const ended = new Queue<number>(2);
  const end = ended.next();
  ended.end();
  assertEquals((await end).done, true);
  const failed = new Queue<number>(2);
  const failure = failed.next();
  failed.fail(new RangeError("spoilt"));
  await assertRejects(() => failure, RangeError, "spoilt");
});

Deno.test("a loop that breaks off leaves the rest for the next loop", async () => {
  const queue = new Queue<number>(3);
  for (let i = 1; i <= 3; i++) queue.push(i);
  for await (const item of queue) if (item === 1) break;
  queue.end();
  assertEquals(await Array.fromAsync(queue), [2, 3]);
});
