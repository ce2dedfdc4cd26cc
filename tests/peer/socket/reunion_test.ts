import { assertEquals, assertRejects } from "@std/assert";
import { PeerError } from "../../../src/peer/errors.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import { Reunion } from "../../../src/peer/socket/reunion.ts";

const CONNECTION = {} as Connection;

Deno.test("one reunion is owed for each silence", async () => {
  const met = Promise.withResolvers<void>();
  const reunion = new Reunion(() => met.promise);
  const states = () => [reunion.isPossible, reunion.isUnderWay, reunion.isOwed];
  assertEquals(states(), [true, false, true]);
  const over = reunion.begin(CONNECTION);
  assertEquals(states(), [false, true, false]);
  met.resolve();
  await over;
  assertEquals(states(), [true, false, false]);
  reunion.settle();
  assertEquals(states(), [true, false, true]);
});

Deno.test("where there is no way to meet again no reunion is possible", () => {
  const reunion = new Reunion(undefined);
  assertEquals([reunion.isPossible, reunion.isOwed], [false, false]);
});

Deno.test("a reunion that is not needed any more is told so", async () => {
  const signals: AbortSignal[] = [];
  const reunion = new Reunion((connection, signal) => {
    assertEquals(connection, CONNECTION);
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject("ended")));
  });
  const over = reunion.begin(CONNECTION);
  reunion.end();
  await over;
  assertEquals(signals.map(({ aborted }) => aborted), [true]);
});

Deno.test("that the peers do not meet is no exception, what a handler throws is one", async () => {
  const lost = new PeerError("server_unreachable", "no server");
  await new Reunion(() => Promise.reject(lost)).begin(CONNECTION);
  const failing = new Reunion(() => Promise.reject(new Error("handler")));
  await assertRejects(() => failing.begin(CONNECTION), Error, "handler");
  assertEquals(failing.isUnderWay, false);
});
