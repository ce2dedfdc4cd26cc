import { assertEquals } from "@std/assert";
import { Drain } from "../../src/server/drain.ts";
import { peer, Rig, type ScriptedPeer, server } from "../rendezvous/rig.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

const A = "203.0.113.1";
const HOSTS = 1_000;

function rig(durationMs: number, count = HOSTS) {
  const stage = new Rig();
  const clock = new VirtualClock(0);
  const peers = Array.from({ length: count }, (_, i) => stage.ask(A, server(i)));
  const waiting = stage.ask(A, peer(50_000, `${A}/99999`));
  const drain = new Drain({ manager: stage.manager, clock, durationMs });
  const told = () => stage.manager.counters.refusals.shutting_down;
  return { stage, clock, peers, waiting, drain, told };
}

function isOver(peer: ScriptedPeer): boolean {
  return peer.session?.state === "ended";
}

Deno.test("hosts are told evenly over the whole time, the oldest first", () => {
  const { clock, peers, waiting, told } = rig(10_000);
  let before = 0;
  for (let ms = 1_000; ms <= 10_000; ms += 1_000) {
    clock.runUntil(ms);
    assertEquals(told() - before, HOSTS / 10, `in the second until ${ms} ms`);
    before = told();
  }
  assertEquals(peers.every(isOver), true);
  assertEquals(isOver(waiting), false);
  assertEquals(clock.nextEventMs, Infinity);
});

Deno.test("the oldest are told first, and nobody twice", () => {
  const { clock, peers, told } = rig(1_000, 10);
  peers[1].disconnects();
  clock.runUntil(300);
  assertEquals(peers.map(isOver), [true, true, true, ...new Array(7).fill(false)]);
  assertEquals(told(), 2);
  clock.runUntil(2_000);
  assertEquals(told(), 9);
});

Deno.test("who comes meanwhile is served, and left for the stop", () => {
  const { stage, clock, told } = rig(1_000, 5);
  clock.runUntil(500);
  const late = stage.ask(A, server(77));
  clock.runUntil(5_000);
  assertEquals([isOver(late), told()], [false, 5]);
});

Deno.test("a drain that is stopped tells nobody any more", () => {
  const { clock, drain, told } = rig(10_000);
  clock.runUntil(2_000);
  drain.stop();
  clock.runUntil(60_000);
  assertEquals(told(), HOSTS / 5);
});

Deno.test("without hosts it ends at once", () => {
  const { clock } = rig(10_000, 0);
  clock.runUntil(100);
  assertEquals(clock.nextEventMs, Infinity);
});
