import { assert, assertEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { RATE_BURST_S } from "../../src/limits.ts";
import type { PerPrefix, PrefixLevel } from "../../src/rendezvous/prefix.ts";
import { PrefixRate } from "../../src/rendezvous/prefix_rate.ts";
import { countingRandom32 } from "./rig.ts";
import { OFF } from "../support/settings.ts";

/** One prefix of each family: two addresses of a network, one of another network. */
const FAMILIES = {
  IPv4: { one: "192.0.2.1", same: "192.0.2.1", neighbour: "192.0.2.2", stranger: "192.0.3.1" },
  IPv6: {
    one: "2001:db8::1",
    same: "2001:db8::2",
    neighbour: "2001:db8:0:1::1",
    stranger: "2001:db8:1::1",
  },
};

/** A rate by address, so that a test names addresses. */
function rate(perSecond: PerPrefix): (address: string, nowMs: number) => PrefixLevel | undefined {
  const rate = new PrefixRate(perSecond, countingRandom32());
  return (address, nowMs) => rate.take(packAddress(address), nowMs);
}

/** How many events pass at one moment, `most` at most. */
function countPassing(take: () => PrefixLevel | undefined, most: number): number {
  let passing = 0;
  while (passing < most && take() === undefined) passing++;
  return passing;
}

for (const [family, { one, same, neighbour, stranger }] of Object.entries(FAMILIES)) {
  Deno.test(`${family}: a rate per address lets a burst pass, then one event per interval`, () => {
    const take = rate({ address: 100, network: 0 });
    assertEquals(countPassing(() => take(one, 0), 1_000), 100 * RATE_BURST_S);
    assertEquals(take(same, 9.99), "address");
    assertEquals(take(same, 10), undefined);
    assertEquals(take(one, 10), "address");
    assertEquals(countPassing(() => take(one, 1_010), 1_000), 100);
    assertEquals(take(neighbour, 0), undefined);
    assertEquals(take(stranger, 0), undefined);
  });

  Deno.test(`${family}: a rate per network counts all its addresses together`, () => {
    const take = rate({ address: 0, network: 100 });
    assertEquals(countPassing(() => take(one, 0), 300), 300);
    assertEquals(countPassing(() => take(neighbour, 0), 1_000), 200);
    assertEquals(take(one, 0), "network");
    assertEquals(take(stranger, 0), undefined);
  });
}

Deno.test("0 switches a rate off, on both levels", () => {
  const take = rate(OFF);
  assertEquals(countPassing(() => take("192.0.2.1", 0), 100_000), 100_000);
});

Deno.test("one event a second still lets one pass, however small the rate", () => {
  const take = rate({ address: 1, network: 1 });
  assertEquals(countPassing(() => take("192.0.2.1", 0), 100), RATE_BURST_S);
  assertEquals(take("192.0.2.1", 999), "address");
  assertEquals(take("192.0.2.1", 1_000), undefined);
});

Deno.test("an event that the network's rate forbids does not use up the address's rate", () => {
  const take = rate({ address: 20, network: 10 });
  assertEquals(countPassing(() => take("192.0.2.1", 0), 1_000), 50);
  for (let i = 0; i < 1_000; i++) assertEquals(take("192.0.2.2", 0), "network");
  assertEquals(take("192.0.2.2", 100), undefined);
});

Deno.test("a rate recovers after silence, and saves up no more than the burst", () => {
  const take = rate({ address: 100, network: 0 });
  countPassing(() => take("192.0.2.1", 0), 1_000);
  assertEquals(countPassing(() => take("192.0.2.1", 3_600_000), 2_000), 100 * RATE_BURST_S);
});

Deno.test("whatever is asked in between, each address keeps its own times", () => {
  const rate = new PrefixRate({ address: 1, network: 0 }, countingRandom32());
  const [one, two] = [packAddress("192.0.2.1"), packAddress("2001:db8::1")];
  for (let i = 0; i < RATE_BURST_S; i++) {
    assertEquals([rate.take(one, 0), rate.take(two, 0)], [undefined, undefined]);
  }
  assertEquals([rate.take(one, 0), rate.take(two, 0)], ["address", "address"]);
});

Deno.test("floods from a thousand networks slow almost no stranger", () => {
  const take = rate({ address: 10, network: 10 });
  for (let i = 0; i < 1_000; i++) {
    const flooder = `10.${i >> 8}.${i & 255}.1`;
    countPassing(() => take(flooder, 0), 50);
  }
  let slowed = 0;
  for (let i = 0; i < 10_000; i++) {
    if (take(`172.${16 + (i >> 12)}.${(i >> 4) & 255}.${i & 15}`, 0) !== undefined) slowed++;
  }
  // One table row has 1,000 of 32,768 counters used up: both rows meet in 1 of 1,000 cases.
  assert(slowed < 100, `${slowed} of 10,000 strangers were slowed`);
});
