import { assert, assertEquals } from "@std/assert";
import { fates, groupRows, GROUPS, pairs, verdict } from "./expectations.ts";
import { readDocument, section, tableRows } from "../readme/markdown.ts";
import { KINDS } from "./site.ts";

Deno.test("the table has a verdict for every pair, in either order the same", () => {
  for (const first of KINDS) {
    for (const second of KINDS) {
      assert(verdict(first, second) !== undefined, `${first} and ${second}`);
      assertEquals(verdict(first, second), verdict(second, first), `${first} and ${second}`);
    }
  }
  assertEquals(pairs().length, KINDS.length * (KINDS.length + 1) / 2);
});

Deno.test("both sides of a peer pair are told, a host waits on", () => {
  assertEquals(fates("symmetric", "eim-apdf", "peer"), ["punch_failed", "punch_failed"]);
  assertEquals(fates("symmetric", "eim-apdf", "host"), ["waiting", "punch_failed"]);
  assertEquals(fates("ipv6", "eim-apdf", "host"), ["waiting", "family_mismatch"]);
});

Deno.test("without UDP a side is never registered", () => {
  assertEquals(fates("udp-blocked", "public", "peer"), ["no_lease", "waiting"]);
  assertEquals(fates("public", "udp-blocked", "peer"), ["waiting", "no_lease"]);
  assertEquals(fates("udp-blocked", "public", "host"), ["no_lease", "host_not_found"]);
  assertEquals(fates("public", "udp-blocked", "host"), ["waiting", "no_lease"]);
});

Deno.test("a group's kinds fare alike with every other, by IPv4", () => {
  const grouped = GROUPS.flatMap(({ kinds }) => kinds);
  assertEquals([...grouped, "ipv6"].sort(), [...KINDS].sort());
  for (const { kinds: [first, ...others] } of GROUPS) {
    for (const kind of others) {
      for (const other of grouped) assertEquals(verdict(kind, other), verdict(first, other));
    }
  }
});

Deno.test("README shows the table by groups", () => {
  const shown = tableRows(section(readDocument("README.md"), "Through which NATs"), "");
  assertEquals(shown, groupRows());
});
