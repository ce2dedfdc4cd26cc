import { assert, assertEquals } from "@std/assert";
import { type Family, IP_UDP_HEADER_BYTES } from "../../../src/address.ts";
import { PathMtu } from "../../../src/peer/link/path_mtu.ts";
import {
  BASE_PACKET_BYTES,
  LINK_MTUS,
  MTU_CONFIRM_MS,
  MTU_PROBE_MS,
  MTU_PROBES,
  MTU_RAISE_MS,
} from "../../../src/peer/limits.ts";
import { LinkPair } from "./link_pair.ts";

const RTT_MS = 20;

/** A path, and what passes over it. */
class ProbedPath {
  nowMs = 0;
  heardMs = 0;
  /** Sizes of the probes, in order. */
  readonly probes: number[] = [];
  readonly mtu: PathMtu;
  #counter = 0;

  constructor(readonly family: Family, public passes: (packetBytes: number) => boolean) {
    this.mtu = new PathMtu(family, 0);
  }

  /** Lets time pass, to the exact times that the path names. */
  run(durationMs: number): void {
    const untilMs = this.nowMs + durationMs;
    for (; this.mtu.nextMs <= untilMs;) {
      this.nowMs = Math.max(this.nowMs, this.mtu.nextMs);
      const probe = this.mtu.look(this.heardMs, this.nowMs);
      if (probe === undefined) continue;
      const counter = this.#counter++;
      this.probes.push(probe.packetBytes);
      this.mtu.sent(counter, this.nowMs);
      const isAnswered = this.passes(probe.packetBytes);
      const isSmallAnswered = probe.beside === "small probe" && this.passes(BASE_PACKET_BYTES);
      if (isAnswered || isSmallAnswered) this.heardMs = this.nowMs + RTT_MS;
      if (isAnswered) this.mtu.answered(counter, this.nowMs + RTT_MS);
    }
    this.nowMs = untilMs;
  }
}

Deno.test("a path of every MTU is found, by each IP version, within the time of four sizes", () => {
  for (const family of ["IPv4", "IPv6"] as const) {
    for (const mtu of LINK_MTUS) {
      const path = new ProbedPath(family, (bytes) => bytes + IP_UDP_HEADER_BYTES[family] <= mtu);
      assertEquals(path.mtu.packetBytes, BASE_PACKET_BYTES);
      path.run(5 * MTU_PROBES * MTU_PROBE_MS);
      assertEquals(path.mtu.packetBytes, mtu - IP_UDP_HEADER_BYTES[family], `${family} ${mtu}`);
      assert(path.probes.length <= 5 * MTU_PROBES, `${path.probes.length} probes`);
    }
  }
});

Deno.test("where Ethernet's size passes one probe is all, until ten minutes are over", () => {
  const path = new ProbedPath("IPv4", () => true);
  path.run(MTU_RAISE_MS - 1);
  assertEquals(path.probes, [1_472]);
  assertEquals(path.mtu.packetBytes, 1_472);
});

Deno.test("a size is given up after three probes, and not before a small one was answered", () => {
  const path = new ProbedPath("IPv4", () => false);
  path.run(60_000);
  assertEquals(new Set(path.probes), new Set([1_472]), "an outage says nothing of sizes");
  path.passes = (bytes) => bytes <= 1_372;
  path.run(15_000);
  assertEquals(path.mtu.packetBytes, 1_372);
});

Deno.test("one lost probe, or two, cost time and no size", () => {
  let count = 0;
  const path = new ProbedPath("IPv4", () => ++count > 2);
  path.run(MTU_PROBES * MTU_PROBE_MS);
  assertEquals([path.probes.length, path.mtu.packetBytes], [3, 1_472]);
});

Deno.test("a late answer counts, whichever of the probes it is to", () => {
  const mtu = new PathMtu("IPv4", 0);
  for (const counter of [7, 8]) {
    assertEquals(mtu.look(0, mtu.nextMs)?.packetBytes, 1_472);
    mtu.sent(counter, mtu.nextMs);
  }
  assertEquals(mtu.answered(9, 1_500), "another one");
  assertEquals(mtu.answered(7, 1_500), "own probe");
  assertEquals(mtu.packetBytes, 1_472);
  assertEquals(mtu.answered(8, 1_501), "another one");
});

Deno.test("a size that is in use is looked at again, and a path that shrinks is noticed", () => {
  const path = new ProbedPath("IPv4", () => true);
  path.run(1_000);
  path.run(10 * MTU_CONFIRM_MS);
  assertEquals(path.probes.length, 1, "nothing large was sent");
  path.mtu.used(BASE_PACKET_BYTES);
  path.run(10 * MTU_CONFIRM_MS);
  assertEquals(path.probes.length, 1, "nothing large was sent");
  path.mtu.used(BASE_PACKET_BYTES + 1);
  path.run(1);
  assertEquals(path.probes, [1_472, 1_472], "looked at long ago");
  path.run(10 * MTU_CONFIRM_MS);
  assertEquals(path.probes.length, 2, "nothing large was sent since");
  path.passes = (bytes) => bytes <= 1_372;
  path.mtu.used(1_472);
  path.run(RTT_MS + MTU_CONFIRM_MS + MTU_PROBES * MTU_PROBE_MS);
  assert(path.mtu.packetBytes < 1_472);
  path.run(15_000);
  assertEquals(path.mtu.packetBytes, 1_372);
});

Deno.test("a path in doubt is looked at now, if somebody sends large packets", () => {
  const path = new ProbedPath("IPv4", () => true);
  path.run(1_000);
  path.mtu.doubt(path.nowMs);
  assertEquals(path.mtu.nextMs, RTT_MS + MTU_RAISE_MS);
  path.mtu.used(1_472);
  path.passes = (bytes) => bytes <= 1_300;
  path.mtu.doubt(path.nowMs);
  path.run(MTU_PROBES * MTU_PROBE_MS);
  assertEquals(path.mtu.packetBytes, BASE_PACKET_BYTES);
});

Deno.test("a path that grows is found when the time has come", () => {
  const path = new ProbedPath("IPv6", (bytes) => bytes <= 1_300);
  path.run(15_000);
  assertEquals(path.mtu.packetBytes, 1_292);
  path.passes = () => true;
  path.run(MTU_RAISE_MS);
  assertEquals(path.mtu.packetBytes, 1_452);
});

Deno.test("a link knows what fits its path, begins anew on another one, and tells", () => {
  const pair = new LinkPair();
  pair.shareNetwork();
  pair.run(100);
  pair.open();
  assertEquals(pair.a.path.startsWith("local"), true);
  assertEquals([pair.a, pair.b].map(({ link }) => link.maxDatagramBytes), [1_441, 1_441]);
  pair.passes = ({ to, bytes }) => !to.address.startsWith("192.168.") && bytes.length <= 1_372;
  const isPublic = () => pair.a.path.startsWith("public");
  for (let i = 0; !isPublic() && i < 300; i++) pair.run(100);
  assert(isPublic());
  assertEquals(pair.a.link.maxDatagramBytes, 1_200);
  pair.run(15_000);
  assertEquals(pair.a.link.maxDatagramBytes, 1_341);
  const { news } = pair.a;
  const sizes = news.flatMap((each) => each.kind === "max_datagram" ? each.maxDatagramBytes : []);
  assertEquals([sizes[0], sizes[1], sizes.at(-1)], [1_441, 1_200, 1_341]);
  assertEquals(news.filter(({ kind }) => kind === "path").length, 1);
});

Deno.test("packets of a size that ceased to pass are noticed by what does not come back", () => {
  const pair = new LinkPair({ local: "not told", a: { whenIdle: "look" } });
  pair.open();
  pair.run(5_000);
  assertEquals(pair.a.link.maxDatagramBytes, 1_441);
  pair.passes = ({ bytes }) => bytes.length <= 1_372;
  for (let i = 0; i < 70; i++) {
    pair.say(pair.a, "x".repeat(pair.a.link.maxDatagramBytes));
    pair.run(100);
  }
  assert(pair.a.link.maxDatagramBytes < 1_372, `${pair.a.link.maxDatagramBytes}`);
  pair.run(15_000);
  assertEquals(pair.a.link.maxDatagramBytes, 1_341);
  assertEquals([pair.a.silences, pair.b.silences], [0, 0]);
});

Deno.test("a size that ceased to pass is noticed though smaller packets come back all the time", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  pair.run(1_000);
  pair.passes = ({ bytes }) => bytes.length <= 1_372;
  for (let i = 0; i < 200; i++) {
    pair.say(pair.a, "x".repeat(pair.a.link.maxDatagramBytes));
    pair.say(pair.b, "small");
    pair.run(100);
  }
  assert(pair.a.link.maxDatagramBytes < 1_372, `${pair.a.link.maxDatagramBytes}`);
});
