import { assertEquals } from "@std/assert";
import { nearMiss } from "../../src/cli/near_miss.ts";

const NAMES = ["host", "join", "lease_timeout", "leases_per_address", "leases_per_network", "h"];

Deno.test("a letter too many, too few, another one, or two swapped are near misses", () => {
  for (const text of ["hosts", "hst", "hozt", "hots", "ohst", "HOST"]) {
    assertEquals(nearMiss(text, NAMES), "host", text);
  }
  for (const text of ["lease-timeout", "leasetimeout", "lease_timout", "laese_timeuot"]) {
    assertEquals(nearMiss(text, NAMES), "lease_timeout", text);
  }
});

Deno.test("a beginning that only one name has is a near miss", () => {
  assertEquals(nearMiss("j", NAMES), "join");
  assertEquals(nearMiss("lease_", NAMES), "lease_timeout");
  assertEquals(nearMiss("leases", NAMES), undefined);
});

Deno.test("the name with the fewest slips is meant", () => {
  assertEquals(nearMiss("leases_per_adress", NAMES), "leases_per_address");
  assertEquals(nearMiss("aab", ["aaabb", "aabb"]), "aabb");
});

Deno.test("other words are no near misses", () => {
  for (const text of ["", "-", "serve", "x", "ghost town", "post office", "lost1"]) {
    assertEquals(nearMiss(text, NAMES), undefined, text);
  }
});
