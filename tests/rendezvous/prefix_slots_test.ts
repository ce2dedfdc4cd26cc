import { assertEquals, assertNotEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { PrefixSlots, type ShareLevel } from "../../src/rendezvous/prefix_slots.ts";
import { NO_SLOT } from "../../src/rendezvous/slot_lists.ts";

/** The last address that has one prefix with the first, and the next one, which has not. */
const EDGES: readonly [ShareLevel, string, string, string][] = [
  ["address", "192.0.2.1", "192.0.2.1", "192.0.2.2"],
  ["network", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
  ["network", "255.255.254.0", "255.255.254.255", "255.255.255.0"],
  ["address", "2001:db8:1:1::", "2001:db8:1:1:ffff:ffff:ffff:ffff", "2001:db8:1:2::"],
  ["network", "2001:db8:1::", "2001:db8:1:ffff::", "2001:db8:2::"],
  ["block", "2001:db8::", "2001:db8:ffff:ffff::", "2001:db9::"],
];

for (const [level, first, last, next] of EDGES) {
  Deno.test(`${first} to ${last} are one ${level}`, () => {
    const slots = new PrefixSlots(level, 4, 7);
    const slot = slots.take(packAddress(first));
    assertEquals(slots.find(packAddress(last)), slot);
    assertEquals(slots.find(packAddress(next)), NO_SLOT);
    assertNotEquals(slots.take(packAddress(next)), slot);
  });
}

Deno.test("an IPv4 address and the IPv6 /64 of the same bits are two", () => {
  const slots = new PrefixSlots("address", 4, 7);
  const slot = slots.take(packAddress("192.0.2.1"));
  assertEquals(slots.find(packAddress("0:0:c000:201::")), NO_SLOT);
  assertEquals(slots.find(packAddress("ffff:0:c000:201::")), NO_SLOT);
  assertEquals(slots.find(packAddress("192.0.2.1")), slot);
});

Deno.test("slots are used again, and found whatever they held before", () => {
  const slots = new PrefixSlots("network", 1_000, 7);
  for (let round = 0; round < 3; round++) {
    const taken = Array.from({ length: 1_000 }, (_, i) => {
      return slots.take(packAddress(`10.${i >> 8}.${i & 0xff}.${round}`));
    });
    assertEquals(new Set(taken).size, 1_000);
    assertEquals(slots.size, 1_000);
    for (let i = 0; i < 1_000; i++) {
      assertEquals(slots.find(packAddress(`10.${i >> 8}.${i & 0xff}.9`)), taken[i]);
    }
    for (const slot of taken) slots.release(slot);
    assertEquals(slots.size, 0);
    assertEquals(slots.find(packAddress("10.0.0.0")), NO_SLOT);
  }
});
