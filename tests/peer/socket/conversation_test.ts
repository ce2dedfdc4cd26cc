import { assertEquals, assertRejects } from "@std/assert";
import { Resumption } from "../../../src/peer/channel/resumption.ts";
import { type Carriage, Conversation } from "../../../src/peer/socket/conversation.ts";
import { Conversations } from "../../../src/peer/socket/conversations.ts";
import type { Passage } from "../../../src/peer/socket/connection.ts";
import type { MeetAgain } from "../../../src/peer/socket/reunion.ts";
import { MAX_HELD_BYTES } from "../../../src/peer/stream/limits.ts";
import { MemoryPool } from "../../../src/peer/stream/memory_pool.ts";
import { at } from "../link/link_pair.ts";
import { spyOnPaths } from "./engine_spy.ts";

const PATH = { kind: "public", endpoint: at("198.51.100.2:4002") } as const;
const SOURCE = at("198.51.100.1:4001");
const FIRST = new Resumption(new Uint8Array(32).fill(1));
const NEXT = new Resumption(new Uint8Array(32).fill(2));
const SECOND = { role: "responder", resumption: NEXT, fingerprint: "" } as const;

class FakeCarriage implements Carriage {
  readonly link = {
    ...{ path: PATH, roundTripMs: 20, isSilent: false },
    ...{ maxDatagramBytes: 1_441, missing: 3 },
  };
  readonly calls: string[] = [];
  send(): Promise<Passage> {
    this.calls.push("send");
    return Promise.resolve("taken");
  }
  drive(work: () => void): void {
    work();
  }
  sendStream(): void {
    this.calls.push("send stream");
  }
  close(reason?: string): Promise<void> {
    this.calls.push(reason === undefined ? "close" : `close: ${reason}`);
    return Promise.resolve();
  }
  abandon(): void {
    this.calls.push("abandon");
  }
}

function scene(meetAgain?: MeetAgain) {
  const events: string[] = [];
  const among = new Conversations();
  const carriage = new FakeCarriage();
  const conversation = new Conversation(
    {
      introduction: { source: SOURCE, dest: PATH.endpoint },
      remoteName: "remote",
      options: {
        mode: "Client",
        onEvent: ({ kind }) => void events.push(kind),
        ...meetAgain && { meetAgain },
      },
      among,
      world: { nowMs: () => 0, random: () => 0.5, memory: new MemoryPool(MAX_HELD_BYTES) },
    },
    { role: "initiator", resumption: FIRST, fingerprint: "00000 00000 00000 00000" },
    carriage,
    PATH,
  );
  let ending: string | undefined;
  conversation.ended.then((how) => ending = how);
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  const endingNow = async () => {
    await settle();
    return ending;
  };
  return { events, among, carriage, conversation, endingNow };
}

Deno.test("a link that is lost before anything was tried, as after a sleep, is met again first", async () => {
  const trying = Promise.withResolvers<void>();
  const { conversation, carriage, endingNow } = scene(() => trying.promise);
  conversation.endLink(carriage, { reason: "lost" });
  assertEquals([await endingNow(), conversation.hasLink], [undefined, false]);
  assertEquals([conversation.path, conversation.roundTripMs], [PATH, 20]);
  trying.resolve();
  assertEquals(await endingNow(), "lost");
});

Deno.test("a link that is lost after that was tried in vain is lost", async () => {
  let tries = 0;
  const { conversation, carriage, endingNow } = scene(() => {
    tries++;
    return Promise.resolve();
  });
  conversation.fallSilent();
  assertEquals(await endingNow(), undefined);
  conversation.endLink(carriage, { reason: "lost" });
  assertEquals([await endingNow(), tries], ["lost", 1]);
});

Deno.test("a new link that resumes takes over; one that does not is a restart, told once", () => {
  const { conversation, carriage, events, among } = scene();
  const second = new FakeCarriage();
  conversation.moveTo(second);
  assertEquals([carriage.calls, events], [["abandon"], ["renewed"]]);
  conversation.restart(SECOND);
  assertEquals(events, ["renewed"], "owed until something sealed is heard");
  assertEquals([among.of(FIRST), among.of(NEXT)], [undefined, conversation]);
  conversation.moveTo(new FakeCarriage());
  conversation.moveTo(new FakeCarriage());
  assertEquals(events, ["renewed", "restarted", "renewed"]);
  assertEquals(conversation.restartCount, 1);
});

Deno.test("a restart that is owed is paid on a later link, even if that one resumes", () => {
  const { conversation, events } = scene();
  conversation.restart(SECOND);
  conversation.moveTo(new FakeCarriage());
  assertEquals(events, ["restarted"]);
});

Deno.test("the end of a link that was replaced is nobody's", async () => {
  const { conversation, carriage, endingNow } = scene();
  conversation.moveTo(new FakeCarriage());
  conversation.endLink(carriage, { reason: "closed_by_remote" });
  assertEquals(await endingNow(), undefined);
});

Deno.test("whoever sends is told what becomes of it, and that there is no path", async () => {
  const { conversation, carriage } = scene(() => new Promise(() => {}));
  assertEquals(await conversation.send(new Uint8Array(1)), "taken");
  conversation.endLink(carriage, { reason: "lost" });
  assertEquals(await conversation.send(new Uint8Array(1)), "no_path");
});

Deno.test("whoever is over is found by no name any more, and sends nothing", async () => {
  const { conversation, carriage, among, endingNow } = scene();
  assertEquals(among.find(FIRST.name), FIRST);
  conversation.endLink(carriage, { reason: "closed_by_remote" });
  assertEquals([among.find(FIRST.name), await endingNow()], [undefined, "closed_by_remote"]);
  const refused = await conversation.send(new Uint8Array(1)).catch(({ code }) => code);
  assertEquals(refused, "cancelled");
});

Deno.test("a bug while meeting again ends the connection and goes to its reader", async () => {
  const { conversation, endingNow } = scene(() => Promise.reject(new RangeError("a bug")));
  conversation.fallSilent();
  assertEquals(await endingNow(), "failed");
  const thrown = await Array.fromAsync(conversation).catch(({ message }) => message);
  assertEquals(thrown, "a bug");
});

Deno.test("a reason goes with the close, one that is too long does not, and what the remote said stays", async () => {
  const { carriage, conversation, endingNow } = scene();
  await conversation.close("bye");
  await assertRejects(() => conversation.close("\u00fc".repeat(129)), RangeError, "received 258");
  assertEquals(carriage.calls, ["close: bye"]);
  assertEquals(conversation.closeReason, undefined);
  conversation.endLink(carriage, { reason: "closed_by_remote", said: "no room" });
  assertEquals([await endingNow(), conversation.closeReason], ["closed_by_remote", "no room"]);
});

Deno.test("a reason that is no text is refused, and the connection stays", async () => {
  const { carriage, conversation } = scene();
  for (const reason of [7, null, {}] as unknown as string[]) {
    await assertRejects(() => conversation.close(reason), TypeError, "expected a text, received ");
  }
  assertEquals([carriage.calls, conversation.isOver], [[], false]);
});

Deno.test("the path of a connection is told once another one is found, over whichever link", () => {
  const { carriage, conversation, events } = scene();
  conversation.settle(carriage);
  assertEquals(events, []);
  const same = new FakeCarriage();
  conversation.moveTo(same);
  conversation.settle(same);
  assertEquals(events, ["renewed"]);
  const endpoint = at("203.0.113.9:1");
  conversation.tellNews(carriage, { kind: "path", path: { kind: "local", endpoint } });
  assertEquals(events, ["renewed"], "of the link before");
  conversation.tellNews(same, { kind: "path", path: { kind: "local", endpoint } });
  const third = new FakeCarriage();
  conversation.moveTo(third);
  conversation.settle(third);
  assertEquals(events, ["renewed", "path", "renewed", "path"]);
});

Deno.test("what went through a connection is counted, over all of its links", async () => {
  const { carriage, conversation } = scene();
  await conversation.send(new Uint8Array(10));
  conversation.receive(new Uint8Array(3));
  conversation.moveTo(new FakeCarriage());
  await conversation.send(new Uint8Array(20));
  assertEquals(conversation.counters, {
    ...{ sentDatagrams: 2, sentBytes: 30, receivedDatagrams: 1, receivedBytes: 3 },
    missingPackets: 6,
  });
  assertEquals(conversation.maxDatagramBytes, carriage.link.maxDatagramBytes);
});

Deno.test("streams hear of another path of the link in use, and of no other link's", async () => {
  const { conversation, carriage } = scene();
  await conversation.openStream();
  using paths = spyOnPaths();
  conversation.changePath(new FakeCarriage());
  conversation.changePath(carriage);
  assertEquals(paths.calls, [[20, 0]]);
  const second = new FakeCarriage();
  conversation.moveTo(second);
  conversation.changePath(carriage);
  assertEquals(paths.calls.length, 2);
});

Deno.test("streams send nothing while there is no link, and go on with the next one", async () => {
  const { conversation, carriage } = scene(() => new Promise(() => {}));
  const { writable } = await conversation.openStream();
  conversation.endLink(carriage, { reason: "lost" });
  const writing = writable.getWriter().write(Uint8Array.of(1));
  await writing;
  assertEquals(carriage.calls, []);
  assertEquals(conversation.nextDeadlineMsOver(carriage), Infinity);
  const second = new FakeCarriage();
  conversation.moveTo(second);
  assertEquals(second.calls, ["send stream"]);
});
