import { assertEquals } from "@std/assert";
import { type LeaseKey, LeaseTable } from "../../src/rendezvous/lease_table.ts";
import type { PerPrefix } from "../../src/rendezvous/prefix.ts";
import { PrefixHash } from "../../src/rendezvous/prefix_limits.ts";
import { countingRandom32 } from "./rig.ts";
import { OFF } from "../support/settings.ts";

/** A table, and what it says of the leases that give way: `address/PeerPort#Token until`. */
interface Rig {
  readonly table: LeaseTable;
  readonly evicted: string[];
}

function leaseTableRig(maxLeases: number, perPrefix: PerPrefix = OFF): Rig {
  const random32 = countingRandom32();
  const evicted: string[] = [];
  const table = new LeaseTable({
    timeoutMs: 1_000,
    maxLeases,
    perPrefix,
    prefixes: new PrefixHash(random32),
    random32,
    evicted({ address, peerPort, token }, expiresMs) {
      evicted.push(`${address}/${peerPort}#${token ?? ""} ${expiresMs}`);
    },
  });
  return { table, evicted };
}

function leaseTable(maxLeases: number, perPrefix?: PerPrefix): LeaseTable {
  return leaseTableRig(maxLeases, perPrefix).table;
}

function key(address: string, peerPort: number, token?: string): LeaseKey {
  return { address, peerPort: BigInt(peerPort), token };
}

/** Which of the PeerPorts 1 to `most` of an address have a lease. */
function leasesOf(table: LeaseTable, address: string, most: number): number[] {
  const ports = Array.from({ length: most }, (_, i) => i + 1);
  return ports.filter((port) => table.find(key(address, port)) !== undefined);
}

Deno.test("a lease is created, repeated within a second, renewed after it", () => {
  const table = leaseTable(10);
  const a = key("192.0.2.1", 5);
  assertEquals(table.register(a, 1000, 0), "created");
  assertEquals(table.register(a, 1000, 900), "repeated");
  assertEquals(table.register(a, 1001, 1_900), "repeated");
  assertEquals(table.register(a, 1002, 2_900.5), "renewed");
  assertEquals(table.find(a), { observedPort: 1002, datagramMs: 2_900.5, expiresMs: 3_900.5 });
  assertEquals(table.size, 1);
});

Deno.test("address, PeerPort and Token each make another lease", () => {
  const table = leaseTable(10);
  const keys = [
    key("192.0.2.1", 5),
    key("192.0.2.2", 5),
    key("::c000:201", 5),
    key("192.0.2.1", 6),
    { ...key("192.0.2.1", 5), peerPort: 5n + 2n ** 32n },
    key("192.0.2.1", 5, "T"),
    key("192.0.2.1", 5, "t"),
  ];
  for (const [i, each] of keys.entries()) assertEquals(table.register(each, i, 0), "created");
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

Deno.test("a full table takes the oldest lease of the network that has the most", () => {
  const { table, evicted } = leaseTableRig(5);
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.register(key("198.51.100.1", 1), 1000, 1);
  table.register(key("198.51.100.2", 2), 1000, 2);
  table.register(key("198.51.100.3", 3), 1000, 3);
  table.register(key("203.0.113.1", 1), 1000, 4);
  table.extend(key("198.51.100.1", 1), 5);
  assertEquals(table.register(key("192.0.2.1", 2), 1000, 6), "created");
  assertEquals(evicted, ["198.51.100.2/2# 1002"]);
  assertEquals(table.size, 5);
  assertEquals(table.find(key("198.51.100.2", 2)), undefined);
  for (const survivor of [key("192.0.2.1", 1), key("198.51.100.1", 1), key("203.0.113.1", 1)]) {
    assertEquals(table.find(survivor) !== undefined, true);
  }
});

Deno.test("a flooding network displaces its own leases, the oldest first", () => {
  const { table, evicted } = leaseTableRig(10);
  for (let i = 1; i <= 4; i++) table.register(key(`192.0.${i}.1`, i), 1000, i);
  for (let port = 1; port <= 100; port++) table.register(key("198.51.100.1", port), 1000, 10);
  for (let i = 1; i <= 4; i++) assertEquals(leasesOf(table, `192.0.${i}.1`, 4), [i]);
  assertEquals(leasesOf(table, "198.51.100.1", 100), [95, 96, 97, 98, 99, 100]);
  assertEquals(evicted.length, 94);
});

Deno.test("a lease that gives way is named as it was made, and as it was last renewed", () => {
  const { table, evicted } = leaseTableRig(1);
  table.register(key("2001:db8::1", -1, "T"), 1000, 0);
  table.extend(key("2001:db8::1", -1, "T"), 300);
  table.register(key("192.0.2.1", 5), 1000, 400);
  table.register(key("192.0.2.1", 5), 1000, 450);
  table.register(key("192.0.2.1", 6), 1000, 500);
  assertEquals(evicted, ["2001:db8::1/-1#T 1300", "192.0.2.1/5# 1450"]);
});

Deno.test("a table for one lease holds the newest", () => {
  const table = leaseTable(1);
  for (let port = 1; port <= 3; port++) table.register(key(`192.0.${port}.1`, port), 1000, 0);
  assertEquals(table.size, 1);
  assertEquals(table.find(key("192.0.3.1", 3))?.observedPort, 1000);
});

Deno.test("over the limit per address or network nothing is created, but renewed", () => {
  const table = leaseTable(100, { address: 2, network: 3 });
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.register(key("192.0.2.1", 2), 1000, 0);
  assertEquals(table.register(key("192.0.2.1", 3), 1000, 0), { overLimit: "address" });
  assertEquals(table.register(key("192.0.2.2", 1), 1000, 0), "created");
  assertEquals(table.register(key("192.0.2.2", 2), 1000, 0), { overLimit: "network" });
  assertEquals(table.register(key("192.0.3.2", 2), 1000, 0), "created");
  assertEquals(table.register(key("192.0.2.1", 2), 1001, 0), "repeated");
  assertEquals(table.size, 4);
  table.expire(1_000);
  assertEquals(table.register(key("192.0.2.1", 3), 1000, 1_000), "created");
});

Deno.test("a lease that is evicted or has expired counts no longer for its prefix", () => {
  const table = leaseTable(2, { address: 2, network: 0 });
  table.register(key("192.0.2.1", 1), 1000, 0);
  table.register(key("192.0.2.1", 2), 1000, 0);
  table.register(key("198.51.100.1", 1), 1000, 0);
  assertEquals(table.register(key("192.0.2.1", 3), 1000, 0), "created");
});

Deno.test("the address of a PeerPort with a Token is that of the lease created last", () => {
  const table = leaseTable(10);
  assertEquals(table.findAddress(5n, "T"), undefined);
  table.register(key("192.0.2.1", 5, "T"), 1000, 0);
  table.register(key("192.0.2.9", 5), 1000, 0);
  table.register(key("192.0.2.9", 5, "U"), 1000, 0);
  table.register(key("192.0.2.9", 6, "T"), 1000, 0);
  assertEquals(table.findAddress(5n, "T"), "192.0.2.1");
  table.register(key("2001:db8::1", 5, "T"), 1000, 10);
  assertEquals(table.findAddress(5n, "T"), "2001:db8::1");
  table.expire(1_000);
  assertEquals(table.findAddress(5n, "T"), "2001:db8::1");
  table.expire(1_010);
  assertEquals(table.findAddress(5n, "T"), undefined);
});
