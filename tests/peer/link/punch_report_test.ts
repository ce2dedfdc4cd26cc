import { assertEquals } from "@std/assert";
import { Candidates } from "../../../src/peer/link/candidates.ts";
import { OwnNat, reportPunch } from "../../../src/peer/link/punch_report.ts";
import type { Introduction } from "../../../src/protocol/message.ts";
import { at } from "./link_pair.ts";

const SOURCE = at("198.51.100.1:4001");
const DEST = at("198.51.100.2:4002");
const NOTHING_CAME =
  "nothing arrived from it: it has gone, a firewall drops UDP, or the mappings of " +
  "both sides change per destination, which one server cannot see";

function remoteNat(change: Partial<Introduction>, heardFrom?: string): readonly string[] {
  const introduction = { source: SOURCE, dest: DEST, ...change };
  const candidates = new Candidates(introduction);
  if (heardFrom !== undefined) candidates.hear(at(heardFrom), undefined);
  return reportPunch(introduction, candidates, new OwnNat(4_001, []), "its packets")
    .remoteNat;
}

Deno.test("what is known of the own NAT is what the server and other peers saw", () => {
  const preserving = new OwnNat(4_001, [at("192.168.1.1:4001")]);
  assertEquals(preserving.describe(SOURCE), [
    "your NAT preserves the port: the server sees 198.51.100.1:4001",
  ]);
  const none = new OwnNat(4_001, [SOURCE]);
  assertEquals(none.describe(SOURCE), [
    "no NAT between this side and the server: it sees the local endpoint 198.51.100.1:4001",
  ]);
  const changing = new OwnNat(5_000, [at("192.168.1.1:5000")]);
  const changes = "your NAT changes the port: the server sees 198.51.100.1:4001 for port 5000";
  changing.seenAs(SOURCE);
  assertEquals(changing.describe(SOURCE), [changes]);
  changing.seenAs(at("198.51.100.1:7777"));
  assertEquals(changing.describe(SOURCE), [
    changes,
    "your mapping changes per destination: another peer saw 198.51.100.1:7777",
  ]);
});

Deno.test("what is known of the remote NAT is what came from it", () => {
  assertEquals(remoteNat({}), [NOTHING_CAME]);
  const noAnswer = "its packets arrived here, no answer to ours did: a firewall may drop them";
  assertEquals(remoteNat({}, "198.51.100.2:4002"), [noAnswer]);
  assertEquals(remoteNat({}, "198.51.100.2:9999"), [
    "its mapping changes per destination: its packets came from 198.51.100.2:9999, " +
    "the server sees 198.51.100.2:4002",
    noAnswer,
  ]);
});

Deno.test("a shared public address and an old registration are named", () => {
  assertEquals(remoteNat({ dest: at("198.51.100.1:4002") }), [
    "it has the same public address, whose NAT may not lead back inside (hairpinning)",
    NOTHING_CAME,
  ]);
  assertEquals(remoteNat({ extension: { destAgeMs: 45_000 } }), [
    "its last registration was 45 s old, its mapping may have ended",
    NOTHING_CAME,
  ]);
});
