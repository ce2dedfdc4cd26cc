import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LINK_TIMES, type LinkTimes } from "../../src/peer/link/link_times.ts";
import { LOST_AFTER_KEEP_ALIVE_MS, TIME_RANGES } from "../../src/peer/limits.ts";
import { connect, host, join } from "../../src/peer/mod.ts";
import { linkTimes } from "../../src/peer/times.ts";
import { World } from "../simulated/peer_platform.ts";
import { SERVER } from "./host_scene.ts";
import { failureOf } from "./failures.ts";
import { LinkPair } from "./link/link_pair.ts";

/** What both ends of a link are told. */
function pairWith(times: Partial<LinkTimes>, whenIdle: "look" | "rest" = "rest"): LinkPair {
  const side = { times: linkTimes(times), whenIdle };
  return new LinkPair({ local: "not told", a: side, b: side });
}

Deno.test("who says nothing has what suits most", () => {
  assertEquals(linkTimes({}), LINK_TIMES);
});

Deno.test("a time that is out of its range, or no time, is refused by name", () => {
  for (const [name, { least, most }] of Object.entries(TIME_RANGES)) {
    for (const value of [least - 1, most + 1, NaN, "5000", null]) {
      const options = { [name]: value } as Partial<LinkTimes>;
      if (value === null) assertEquals(linkTimes(options), LINK_TIMES);
      else {assertThrows(
          () => linkTimes(options),
          TypeError,
          `Cannot use ${name}: expected ${least}`,
        );}
    }
  }
  const keepAliveMs = 60_000;
  const lostAfterMs = keepAliveMs + LOST_AFTER_KEEP_ALIVE_MS;
  assertThrows(() => linkTimes({ keepAliveMs }), TypeError, "expected at least 65000");
  assertEquals(linkTimes({ keepAliveMs, lostAfterMs }).lostAfterMs, 65_000);
  assertThrows(() => linkTimes({ keepAliveMs, lostAfterMs: lostAfterMs - 1 }), TypeError);
});

Deno.test("all verbs refuse such a time before anything is sent", async () => {
  const platform = new World().publicMachine("192.0.2.1");
  const options = { server: SERVER, platform, keepAliveMs: 1, remote: "192.0.2.2/1" };
  for (const verb of [host, join, connect]) {
    await assertRejects(() => verb(options) as Promise<unknown>, TypeError, "keepAliveMs");
  }
  assertEquals(platform.streams.size, 0);
});

Deno.test("an idle path is used as often as its user wants", () => {
  const pair = pairWith({ keepAliveMs: 4_000 });
  pair.open();
  pair.run(5_000);
  pair.sent.length = 0;
  pair.run(40_000);
  assertEquals([pair.sentBy("a", "probe").length, pair.sentBy("b", "probe").length], [10, 10]);
});

Deno.test("a link is lost when its user says so, to the millisecond", () => {
  const pair = pairWith({ keepAliveMs: 2_000, lostAfterMs: 8_000 });
  pair.open();
  pair.run(10_000);
  let heardMs = 0;
  pair.onSent = ({ by, atMs }) => by === "b" && (heardMs = atMs);
  pair.run(2_000);
  pair.passes = () => false;
  pair.onSent = () => {};
  pair.clock.runUntil(heardMs + 10 + 8_000 - 1);
  assertEquals(pair.a.ending, undefined);
  pair.run(1);
  assertEquals(pair.a.ending, { reason: "lost" });
});

Deno.test("a silence is noticed as soon as its user wants", () => {
  const silentAfter = (checkAfterMs: number) => {
    const pair = pairWith({ checkAfterMs }, "look");
    pair.open();
    pair.run(5_000);
    pair.passes = () => false;
    const startMs = pair.clock.nowMs();
    while (pair.a.silences === 0) pair.run(10);
    return pair.clock.nowMs() - startMs;
  };
  const [quick, slow] = [silentAfter(1_000), silentAfter(10_000)];
  assertEquals(quick <= 2_500 && slow > 5_000 && slow <= 11_500, true, `${quick} ${slow}`);
});

Deno.test("a path is sought as long as its user wants, and the error names that time", async () => {
  const world = new World();
  await world.until(
    host({ server: SERVER, localPeerPort: 1, platform: world.publicMachine("192.0.2.1") }),
  );
  await world.run(1_000);
  world.internet.send =
    ((send) => (packet) => packet.destination.port === 6969 ? send(packet) : undefined)(
      world.internet.send.bind(world.internet),
    );
  const startMs = world.clock.nowMs();
  const error = await world.until(failureOf(join({
    ...{ server: SERVER, remote: "192.0.2.1/1", platform: world.publicMachine("192.0.2.2") },
    punchTimeoutMs: 2_000,
  })));
  assertEquals(error.message.includes("expected an answer within 2 s"), true, error.message);
  assertEquals(world.clock.nowMs() - startMs < 3_500, true);
});
