import { assertEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { type LeaseKey, leaseKey } from "../../src/rendezvous/lease_key.ts";
import { HashIndex } from "../../src/rendezvous/hash_index.ts";
import { LeaseQuota } from "../../src/rendezvous/lease_quota.ts";
import { LeaseRecords } from "../../src/rendezvous/lease_records.ts";
import { LeaseTable } from "../../src/rendezvous/lease_table.ts";
import type { PerPrefix } from "../../src/rendezvous/prefix.ts";
import { PrefixSlots } from "../../src/rendezvous/prefix_slots.ts";
import { SlotLists } from "../../src/rendezvous/slot_lists.ts";
import { countingRandom32 } from "./rig.ts";
import { OFF } from "../support/settings.ts";

const CREATED = { fate: "created", users: 0, limit: undefined };

function leaseTable(maxLeases: number, perPrefix: PerPrefix = OFF): LeaseTable {
  return new LeaseTable({ timeoutMs: 1_000, maxLeases, perPrefix, random32: countingRandom32() });
}

function key(address: string, peerPort: number | bigint, token?: string): LeaseKey {
  return leaseKey(packAddress(address), BigInt(peerPort), token);
}

/** Which of the PeerPorts 1 to `most` of an address have a lease. */
function leasesOf(table: LeaseTable, address: string, most: number): number[] {
  const ports = Array.from({ length: most }, (_, i) => i + 1);
  return ports.filter((port) => table.find(key(address, port)) !== undefined);
}

Deno.test("a lease is created, repeated within a second, renewed after it", () => {
  const table = leaseTable(10);
  const a = key("192.0.2.1", 5);
  assertEquals(table.register(a, 1000, 0).fate, "created");
  assertEquals(table.register(a, 1000, 900).fate, "repeated");
  assertEquals(table.register(a, 1001, 1_900).fate, "repeated");
  assertEquals(table.register(a, 1002, 2_900.5).fate, "renewed");
  assertEquals(table.find(a), { observedPort: 1002, datagramMs: 2_900.5, expiresMs: 3_900.5 });
  assertEquals(table.size, 1);
});

Deno.test("address, PeerPort and Token each make another lease", () => {
  const table = leaseTable(20);
  const keys = [
    key("192.0.2.1", 5),
    key("192.0.2.2", 5),
    key("::c000:201", 5),
    key("192.0.2.1", 6),
    key("192.0.2.1", 5n + 2n ** 32n),
    key("192.0.2.1", -5),
    key("192.0.2.1", 2n ** 63n - 1n),
    key("192.0.2.1", 2n ** 63n - 2n),
    key("192.0.2.1", 5, "T"),
    key("192.0.2.1", 5, "t"),
  ];
  for (const [i, each] of keys.entries()) assertEquals(table.register(each, i, 0), CREATED);
  for (const [i, each] of keys.entries()) assertEquals(table.find(each)?.observedPort, i);
});

Deno.test("a lease expires at its deadline, not before", () => {
  const table = leaseTable(10);
  table.register(key("192.0.2.1", 5), 1000, 100);
  assertEquals(table.nextExpiryMs, 1_100);
  table.expire(1_099.999);
  assertEquals(table.size, 1);
  table.expire(1_100);
  assertEquals(table.size, 0);
  assertEquals(table.nextExpiryMs, Infinity);
  assertEquals(table.find(key("192.0.2.1", 5)), undefined);
});

Deno.test("renewal order is expiry order, whatever the order of creation", () => {
  const table = leaseTable(10);
  for (const port of [1, 2, 3]) table.register(key("192.0.2.1", port), 1000, port);
  table.register(key("192.0.2.1", 1), 1000, 500);
  table.extend(key("192.0.2.1", 2), 600);
  table.expire(1_003);
  assertEquals(leasesOf(table, "192.0.2.1", 3), [1, 2]);
  table.expire(1_500);
  assertEquals(leasesOf(table, "192.0.2.1", 3), [2]);
  assertEquals(table.nextExpiryMs, 1_600);
});

Deno.test("extending is no datagram: port and time of the last one stay", () => {
  const table = leaseTable(10);
  table.register(key("192.0.2.1", 5), 1000, 0);
  table.extend(key("192.0.2.1", 5), 700);
  const expected = { observedPort: 1000, datagramMs: 0, expiresMs: 1_700 };
  assertEquals(table.find(key("192.0.2.1", 5)), expected);
  table.extend(key("192.0.2.1", 6), 700);
  assertEquals(table.size, 1);
});

Deno.test("a full table takes the lease that was renewed longest ago", () => {
  const table = leaseTable(3);
  for (const port of [1, 2, 3]) table.register(key("192.0.2.1", port), 1000, port);
  table.register(key("192.0.2.1", 1), 1000, 4);
  table.extend(key("192.0.2.1", 2), 5);
  const another = table.register(key("198.51.100.1", 1), 1000, 6);
  assertEquals(another, { fate: "created", users: 0, limit: "max_leases" });
  assertEquals(leasesOf(table, "192.0.2.1", 3), [1, 2]);
  table.register(key("198.51.100.1", 2), 1000, 7);
  assertEquals(leasesOf(table, "192.0.2.1", 3), [2]);
  assertEquals(table.size, 3);
});

Deno.test("a lease in use never gives way, however old it is", () => {
  const table = leaseTable(3);
  for (const port of [1, 2, 3]) table.register(key("192.0.2.1", port), 1000, port);
  table.retain(key("192.0.2.1", 1));
  for (let port = 1; port <= 100; port++) {
    assertEquals(table.register(key("198.51.100.1", port), 1000, 10).fate, "created");
  }
  assertEquals(leasesOf(table, "192.0.2.1", 3), [1]);
  assertEquals(leasesOf(table, "198.51.100.1", 100), [99, 100]);
});

Deno.test("a lease was last in use when its last session ended", () => {
  const table = leaseTable(3);
  for (const port of [1, 2, 3]) table.register(key("192.0.2.1", port), 1000, port);
  table.retain(key("192.0.2.1", 1));
  table.retain(key("192.0.2.1", 1));
  table.register(key("192.0.2.1", 2), 1000, 4);
  table.release(key("192.0.2.1", 1));
  table.register(key("192.0.2.1", 3), 1000, 5);
  assertEquals(table.register(key("192.0.2.1", 1), 1000, 6).users, 1);
  table.release(key("192.0.2.1", 1));
  const evictions = [[2, [1, 3]], [3, [1]], [1, []]] as const;
  for (const [gone, left] of evictions) {
    table.register(key("198.51.100.1", gone), 1000, 7);
    assertEquals(leasesOf(table, "192.0.2.1", 3), [...left]);
  }
});

Deno.test("when all leases are in use, none is made", () => {
  const table = leaseTable(1);
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.retain(key("192.0.2.1", 1));
  const refused = { fate: "over_limit", users: 0, limit: "max_leases" };
  assertEquals(table.register(key("192.0.2.1", 2), 1000, 1), refused);
  assertEquals(table.register(key("192.0.2.1", 1), 1001, 1).fate, "repeated");
  table.release(key("192.0.2.1", 1));
  assertEquals(table.register(key("192.0.2.1", 2), 1000, 1).fate, "created");
});

Deno.test("a lease in use expires like any other, and counts no users when it comes again", () => {
  const table = leaseTable(1);
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.retain(key("192.0.2.1", 1));
  table.expire(999);
  assertEquals(table.size, 1);
  table.expire(1_000);
  assertEquals(table.size, 0);
  table.release(key("192.0.2.1", 1));
  table.register(key("192.0.2.1", 1), 1000, 1_000);
  assertEquals(table.register(key("192.0.2.1", 1), 1000, 1_000).users, 0);
  assertEquals(table.register(key("192.0.2.1", 2), 1000, 1_000).fate, "created");
});

Deno.test("to retain or release a lease that is not there does nothing", () => {
  const table = leaseTable(1);
  table.retain(key("192.0.2.1", 1));
  table.release(key("192.0.2.1", 2));
  table.register(key("192.0.2.1", 1), 1000, 0);
  assertEquals(table.register(key("192.0.2.1", 2), 1000, 0).fate, "created");
});

Deno.test("a table for one lease holds the newest", () => {
  const table = leaseTable(1);
  for (let port = 1; port <= 3; port++) table.register(key(`192.0.${port}.1`, port), 1000, 0);
  assertEquals(table.size, 1);
  assertEquals(table.find(key("192.0.3.1", 3))?.observedPort, 1000);
});

Deno.test("at an operator's limit the prefix's own oldest lease gives way", () => {
  const table = leaseTable(100, { address: 2, network: 3 });
  const outcome = (address: string, port: number, nowMs: number) => {
    const { fate, limit } = table.register(key(address, port), 1000, nowMs);
    return `${fate} ${limit ?? ""}`.trimEnd();
  };
  assertEquals(outcome("198.51.100.1", 1, 0), "created");
  assertEquals(outcome("192.0.2.1", 1, 1), "created");
  assertEquals(outcome("192.0.2.1", 2, 2), "created");
  assertEquals(outcome("192.0.2.1", 1, 3), "repeated");
  assertEquals(outcome("192.0.2.1", 3, 4), "created leases_per_address");
  assertEquals(leasesOf(table, "192.0.2.1", 3), [1, 3]);
  assertEquals(outcome("192.0.2.2", 1, 5), "created");
  assertEquals(outcome("192.0.2.2", 2, 6), "created leases_per_network");
  assertEquals(leasesOf(table, "192.0.2.1", 3), [3]);
  assertEquals(outcome("192.0.3.2", 2, 7), "created");
  assertEquals(leasesOf(table, "198.51.100.1", 1), [1]);
  assertEquals(table.size, 5);
});

Deno.test("at an operator's limit of leases in use the newcomer is refused", () => {
  for (const level of ["address", "network"] as const) {
    const table = leaseTable(100, { ...OFF, [level]: 2 });
    for (const port of [1, 2]) {
      table.register(key("2001:db8::1", port), 1000, 0);
      table.retain(key("2001:db8::1", port));
    }
    const refused = { fate: "over_limit", users: 0, limit: `leases_per_${level}` };
    assertEquals(table.register(key("2001:db8::2", 3), 1000, 1), refused);
    assertEquals(table.register(key("2001:db8:1::1", 3), 1000, 1).fate, "created");
    table.release(key("2001:db8::1", 2));
    assertEquals(table.register(key("2001:db8::2", 3), 1000, 2).fate, "created");
    assertEquals(leasesOf(table, "2001:db8::1", 2), [1]);
  }
});

Deno.test("a lease that is evicted or has expired, in use or not, counts no longer", () => {
  const table = leaseTable(2, { address: 2, network: 0 });
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.register(key("192.0.2.1", 2), 1000, 0);
  table.register(key("198.51.100.1", 1), 1000, 0);
  assertEquals(table.register(key("192.0.2.1", 3), 1000, 0).limit, "max_leases");
  table.retain(key("192.0.2.1", 3));
  table.expire(1_000);
  assertEquals(table.size, 0);
  for (const port of [4, 5]) {
    assertEquals(table.register(key("192.0.2.1", port), 9, 1_000), CREATED);
  }
});

Deno.test("the address of a PeerPort with a Token is where its last datagram came from", () => {
  const table = leaseTable(10);
  const address = (sinceMs: number) => table.findAddress(key("192.0.2.77", 5, "T"), sinceMs);
  assertEquals(address(0), undefined);
  table.register(key("192.0.2.1", 5, "T"), 1000, 0);
  table.register(key("192.0.2.9", 5), 1000, 0);
  table.register(key("192.0.2.9", 5, "U"), 1000, 0);
  table.register(key("192.0.2.9", 6, "T"), 1000, 0);
  assertEquals(address(0), "192.0.2.1");
  assertEquals(address(1), undefined, "nothing has come since");
  table.register(key("192.0.2.2", 5, "T"), 1000, 10);
  assertEquals(address(10), "192.0.2.2");
  table.register(key("192.0.2.1", 5, "T"), 1000, 20);
  assertEquals(address(10), "192.0.2.1", "a renewal counts as well");
});

Deno.test("addresses of the other IP version do not count, nor leases that have ended", () => {
  const table = leaseTable(10);
  const ipv4 = key("192.0.2.77", 5, "T");
  const ipv6 = key("2001:db8::77", 5, "T");
  table.register(key("2001:db8::1", 5, "T"), 1000, 0);
  assertEquals(table.findAddress(ipv4, 0), undefined);
  assertEquals(table.findAddress(ipv6, 0), "2001:db8::1");
  table.register(key("192.0.2.1", 5, "T"), 1000, 10);
  assertEquals(table.findAddress(ipv4, 0), "192.0.2.1");
  assertEquals(table.findAddress(ipv6, 0), "2001:db8::1");
  table.expire(1_000);
  assertEquals(table.findAddress(ipv6, 0), undefined);
  table.expire(1_010);
  assertEquals(table.findAddress(ipv4, 0), undefined);
});

/** Runs `action` and returns how often it called any method of these classes. */
function countSteps(classes: readonly { prototype: object }[], action: () => void): number {
  let steps = 0;
  const restore: (() => void)[] = [];
  for (const { prototype } of classes) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const { value } = property;
      if (name === "constructor" || typeof value !== "function") continue;
      const counting = function (this: unknown, ...values: unknown[]) {
        steps++;
        return value.apply(this, values);
      };
      Object.defineProperty(prototype, name, { ...property, value: counting });
      restore.push(() => Object.defineProperty(prototype, name, property));
    }
  }
  try {
    action();
  } finally {
    for (const each of restore) each();
  }
  return steps;
}

Deno.test("making room takes as many steps whatever is in use", () => {
  const classes = [HashIndex, LeaseQuota, LeaseRecords, PrefixSlots, SlotLists];
  const stepsWith = (inUse: number, perPrefix: PerPrefix) => {
    const table = leaseTable(2_000, perPrefix);
    for (let port = 0; port < 2_000; port++) table.register(key("192.0.2.1", port), 1000, 0);
    for (let port = 0; port < inUse; port++) table.retain(key("192.0.2.1", port));
    return countSteps(classes, () => {
      for (let port = 0; port < 500; port++) {
        const { limit } = table.register(key("192.0.2.1", 5_000 + port), 1000, 1);
        assertEquals(limit, perPrefix === OFF ? "max_leases" : "leases_per_network");
      }
    }) / 500;
  };
  for (const perPrefix of [OFF, { address: 0, network: 2_000 }]) {
    const [few, many] = [stepsWith(0, perPrefix), stepsWith(1_990, perPrefix)];
    // Other leases meet in the chains of the index, hence not exactly as many.
    assertEquals(Math.abs(many - few) < 3, true, `${few} and ${many} steps`);
  }
});
