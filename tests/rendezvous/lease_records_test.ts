import { assertEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { HashIndex } from "../../src/rendezvous/hash_index.ts";
import { leaseKey } from "../../src/rendezvous/lease_key.ts";
import { LeaseRecords } from "../../src/rendezvous/lease_records.ts";
import { SlotLists } from "../../src/rendezvous/slot_lists.ts";

const KEYS = [
  leaseKey(packAddress("255.255.255.255"), -1n, undefined),
  leaseKey(packAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2n ** 63n - 1n, "T".repeat(64)),
  leaseKey(packAddress("192.0.2.1"), -(2n ** 63n), "T"),
];

/** Everything that the record of slot `i + 1` says. */
function describe(records: LeaseRecords, i: number) {
  const slot = i + 1;
  return [
    records.keyOf(slot),
    records.usersOf(slot),
    records.observedPortOf(slot),
    records.datagramMsOf(slot),
    records.renewedMsOf(slot),
  ];
}

Deno.test("no value of a record is another's, nor a link of a list or an index", () => {
  const records = new LeaseRecords(KEYS.length);
  const renewalOrder = new SlotLists(KEYS.length, 1, records.renewalOrderCells);
  const idleOrder = new SlotLists(KEYS.length, 1, records.idleOrderCells);
  const index = new HashIndex(KEYS.length, records.keyIndexCells);
  for (const [i, key] of KEYS.entries()) {
    const slot = i + 1;
    records.assign(slot, key);
    for (let users = 0; users < 70_000 + i; users++) records.changeUsers(slot, 1);
    records.noteDatagram(slot, 65_535 - i, 1e12 + i + 0.25);
    records.noteRenewal(slot, 2e12 + i + 0.75);
    index.add(0, slot);
    renewalOrder.append(0, slot);
    idleOrder.append(0, KEYS.length - i);
  }
  for (const [i, key] of KEYS.entries()) {
    const expected = [key, 70_000 + i, 65_535 - i, 1e12 + i + 0.25, 2e12 + i + 0.75];
    assertEquals(describe(records, i), expected);
    for (const [j, other] of KEYS.entries()) assertEquals(records.hasKey(i + 1, other), i === j);
    assertEquals(renewalOrder.first(0), i + 1);
    renewalOrder.remove(0, i + 1);
    assertEquals(idleOrder.first(0), KEYS.length - i);
    idleOrder.remove(0, KEYS.length - i);
  }
  assertEquals([index.first(0), index.next(3), index.next(2), index.next(1)], [3, 2, 1, 0]);
});

Deno.test("a slot that is assigned again has no users left", () => {
  const records = new LeaseRecords(1);
  records.assign(1, KEYS[0]);
  assertEquals([records.changeUsers(1, 1), records.changeUsers(1, 1)], [1, 2]);
  assertEquals(records.changeUsers(1, -1), 1);
  records.assign(1, KEYS[2]);
  assertEquals([records.usersOf(1), records.hasKey(1, KEYS[0])], [0, false]);
});
