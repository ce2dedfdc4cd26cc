import { assertEquals, assertNotEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { hashPrefix, type PrefixLevel } from "../../src/rendezvous/prefix.ts";

const SEED = 0x12345678;

function hash(address: string, level: PrefixLevel, seed = SEED): number {
  return hashPrefix(packAddress(address), level, seed);
}

Deno.test("the address level is an IPv4 /32", () => {
  assertNotEquals(hash("192.0.2.1", "address"), hash("192.0.2.2", "address"));
});

Deno.test("the network level is an IPv4 /24", () => {
  assertEquals(hash("192.0.2.0", "network"), hash("192.0.2.255", "network"));
  assertNotEquals(hash("192.0.2.0", "network"), hash("192.0.3.0", "network"));
  assertNotEquals(hash("192.0.2.0", "network"), hash("193.0.2.0", "network"));
});

Deno.test("the address level is an IPv6 /64", () => {
  assertEquals(hash("2001:db8::", "address"), hash("2001:db8::ffff:ffff:ffff:ffff", "address"));
  assertNotEquals(hash("2001:db8::", "address"), hash("2001:db8:0:1::", "address"));
});

Deno.test("the network level is an IPv6 /48", () => {
  assertEquals(hash("2001:db8:1::", "network"), hash("2001:db8:1:ffff:ffff::", "network"));
  assertNotEquals(hash("2001:db8:1::", "network"), hash("2001:db8:2::", "network"));
  assertNotEquals(hash("2001:db8:1::", "network"), hash("2002:db8:1::", "network"));
});

Deno.test("IPv4 and IPv6 addresses with the same bits are different prefixes", () => {
  assertNotEquals(hash("0.0.0.1", "address"), hash("::1", "address"));
});

Deno.test("another seed gives other hashes", () => {
  assertNotEquals(hash("192.0.2.1", "address"), hash("192.0.2.1", "address", SEED + 1));
});
