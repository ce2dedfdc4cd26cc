import { assert, assertEquals } from "@std/assert";
import { formatEndpoint } from "../../../src/address.ts";
import {
  MAX_CANDIDATES,
  MAX_LOCAL_CANDIDATES,
  MAX_LOCAL_PROBES,
} from "../../../src/peer/limits.ts";
import { Candidates, isSpent } from "../../../src/peer/link/candidates.ts";
import { A, at, B, LinkPair } from "./link_pair.ts";

function localOf(
  destLocal: string[],
  { source = "198.51.100.1:4001", dest = "198.51.100.2:4002" } = {},
): string[] {
  const introduction = {
    source: at(source),
    dest: at(dest),
    extension: { destAgeMs: 0, destLocal: destLocal.map(at) },
  };
  return [...new Candidates(introduction)].slice(1).map(({ endpoint }) => formatEndpoint(endpoint));
}

Deno.test("private, unique-local and link-local endpoints are believed, no others", () => {
  const believed = [
    "10.1.2.3:4",
    "172.16.0.1:5",
    "172.31.255.255:5",
    "192.168.0.1:6",
    "169.254.1.1:7",
  ];
  assertEquals(localOf(believed), believed);
  assertEquals(localOf(["172.15.0.1:1", "172.32.0.1:1", "100.64.0.1:1", "8.8.8.8:53"]), []);
  assertEquals(localOf(["203.0.113.66:666", "224.0.0.1:1", "255.255.255.255:1"]), []);
  const v6 = { source: "[2001:db8::1]:1", dest: "[2001:db8::2]:2" };
  assertEquals(
    localOf(["[fd00::1]:1", "[fe80::1]:1", "[febf::1]:1", "[2001:db8::66]:1", "[fc::1]:1"], v6),
    ["[fd00::1]:1", "[fe80::1]:1", "[febf::1]:1"],
  );
});

Deno.test("the remote's public address is believed under any port, and of one family", () => {
  assertEquals(localOf(["198.51.100.2:9", "[fd00::1]:1"]), ["198.51.100.2:9"]);
  assertEquals(localOf(["198.51.100.1:9"]), [], "one's own public address is a third party's");
});

Deno.test("loopback only where both come from one public address", () => {
  assertEquals(localOf(["127.0.0.1:9", "[::1]:9"]), []);
  assertEquals(localOf(["127.0.0.1:9"], { dest: "198.51.100.1:5" }), ["127.0.0.1:9"]);
  const one = { source: "[2001:db8::1]:1", dest: "[2001:db8::1]:2" };
  assertEquals(localOf(["[::1]:9"], one), ["[::1]:9"]);
});

Deno.test("a remote peer names few, and each of them gets few probes", () => {
  const many = Array.from({ length: 40 }, (_, i) => `10.0.0.${i + 1}:9`);
  assertEquals(localOf(many).length, MAX_LOCAL_CANDIDATES);
  const pair = new LinkPair();
  pair.passes = () => false;
  pair.run(60_000);
  const toLocal = pair.probesBy("a").filter(({ to }) => to.address.startsWith("192.168."));
  assertEquals(toLocal.length, MAX_LOCAL_PROBES);
});

Deno.test("the path in use is never forgotten, however many endpoints packets come from", () => {
  const candidates = new Candidates({ source: A, dest: B });
  const inUse = candidates.hear(at("198.51.100.2:1"), undefined);
  for (let port = 2; port < 200; port++) {
    const other = candidates.hear(at(`198.51.100.2:${port}`), inUse);
    other.answeredMs = port;
    other.probedMs = port;
  }
  assert([...candidates].includes(inUse));
  assert(candidates.has(B), "nor is what the server named");
  assertEquals([...candidates].length, MAX_CANDIDATES);
});

Deno.test("those that never answered are forgotten first", () => {
  const candidates = new Candidates({ source: A, dest: B });
  const answered = candidates.hear(at("198.51.100.2:1"), undefined);
  answered.answeredMs = 1;
  for (let port = 2; port < 100; port++) candidates.hear(at(`198.51.100.2:${port}`), undefined);
  assert([...candidates].includes(answered));
});

Deno.test("a link whose remote is mapped anew for each packet stays alive", () => {
  const pair = new LinkPair({ local: "not told" });
  pair.open();
  for (let port = 5_000; port < 5_100; port++) {
    const moved = at(`198.51.100.1:${port}`);
    pair.owners.clear();
    pair.owners.set(formatEndpoint(B), pair.b);
    pair.owners.set(formatEndpoint(moved), pair.a);
    pair.a.source = () => moved;
    pair.say(pair.a, "moved again");
    pair.run(1_000);
  }
  pair.run(60_000);
  assertEquals([pair.a.ending, pair.b.ending], [undefined, undefined]);
  assertEquals(pair.b.received.length, 100);
});

Deno.test("a local endpoint that answers from elsewhere has its probes for good", () => {
  const destLocal = [at("10.0.0.1:1")];
  const candidates = new Candidates({ source: A, dest: B, extension: { destAgeMs: 0, destLocal } });
  const [, local] = candidates;
  for (let i = 0; i < 20; i++) candidates.sent(local, i, i);
  assert(isSpent(local));
  candidates.answer(at("10.0.0.2:1"), 19, 20);
  assert(!isSpent(local));
});
