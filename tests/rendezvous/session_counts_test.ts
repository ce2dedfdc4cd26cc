import { assertEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { Counters } from "../../src/rendezvous/counters.ts";
import { SessionCounts } from "../../src/rendezvous/session_counts.ts";
import { countingRandom32 } from "./rig.ts";

/** Two addresses of a network, and one of another, of each family. */
const FAMILIES = [
  ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.3.1"],
  ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:1::1"],
].map((addresses) => addresses.map(packAddress));

for (const [one, same, neighbour, stranger] of FAMILIES) {
  Deno.test(`sessions are counted per address and per network: ${JSON.stringify(one)}`, () => {
    const counters = new Counters();
    const counts = new SessionCounts(
      { maxSessions: 100, sessionsPerPrefix: { address: 2, network: 3 } },
      countingRandom32(),
      counters,
    );
    assertEquals(counts.isZero(one), true);
    for (const source of [one, same, neighbour]) assertEquals(counts.open(source), undefined);
    assertEquals([counts.isZero(same), counts.isZero(stranger)], [false, true]);
    assertEquals([counts.open(one)?.code, counts.open(neighbour)?.code], ["busy", "busy"]);
    assertEquals(counts.open(stranger), undefined);
    counts.close(same);
    assertEquals(counts.open(neighbour), undefined);
    const reached = [["sessions_per_address", 1], ["sessions_per_network", 1]];
    assertEquals([...counters.limits], reached);
  });
}
