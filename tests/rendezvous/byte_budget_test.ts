import { assertEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { ADDRESS_BYTES, SESSION_BYTES } from "../../src/limits.ts";
import { AddressByteBudgets, SessionByteBudget } from "../../src/rendezvous/byte_budget.ts";
import { countingRandom32 } from "./rig.ts";

/** A budget under test, whosever it is. */
interface Budget {
  delayMs(nowMs: number): number;
  spend(bytes: number, nowMs: number): void;
}

function addressBudget(address: string, budgets: AddressByteBudgets): Budget {
  const source = packAddress(address);
  return {
    delayMs: (nowMs) => budgets.delayMs(source, nowMs),
    spend: (bytes, nowMs) => budgets.spend(source, bytes, nowMs),
  };
}

const BUDGETS = {
  session: { make: () => new SessionByteBudget(), ...SESSION_BYTES },
  address: {
    make: () => addressBudget("192.0.2.1", new AddressByteBudgets(countingRandom32())),
    ...ADDRESS_BYTES,
  },
};

Deno.test("the budgets are those of the protocol", () => {
  assertEquals(SESSION_BYTES, { atOnce: 16_384, perSecond: 512 });
  assertEquals(ADDRESS_BYTES, { atOnce: 1_048_576, perSecond: 262_144 });
});

for (const [whose, { make, atOnce, perSecond }] of Object.entries(BUDGETS)) {
  Deno.test(`${whose}: the whole allowance can be read at once, not a byte more`, () => {
    const budget = make();
    budget.spend(atOnce - 1, 5_000);
    assertEquals(budget.delayMs(5_000), 0);
    budget.spend(1, 5_000);
    assertEquals(budget.delayMs(5_000), Math.ceil(1000 / perSecond));
  });

  Deno.test(`${whose}: what one read took too much is waited for`, () => {
    const budget = make();
    budget.spend(atOnce + perSecond, 0);
    const readyMs = 1_000 + Math.ceil(1000 / perSecond);
    assertEquals(budget.delayMs(0), readyMs);
    assertEquals(budget.delayMs(readyMs - 1), 1);
    assertEquals(budget.delayMs(readyMs), 0);
  });

  Deno.test(`${whose}: silence gives back the allowance and no more`, () => {
    const budget = make();
    budget.spend(atOnce, 0);
    assertEquals(budget.delayMs(3_600_000), 0);
    budget.spend(atOnce, 3_600_000);
    assertEquals(budget.delayMs(3_600_000) > 0, true);
  });

  Deno.test(`${whose}: who reads as soon as he may gets the sustained rate, and waits end`, () => {
    const budget = make();
    budget.spend(atOnce, 0);
    let nowMs = 0;
    let bytes = 0;
    for (; nowMs < 60_000; bytes += 256) {
      const delayMs = budget.delayMs(nowMs);
      nowMs += delayMs;
      assertEquals(budget.delayMs(nowMs), 0);
      budget.spend(256, nowMs);
    }
    const perMinute = 60 * perSecond;
    assertEquals(Math.abs(bytes - perMinute) < 0.01 * perMinute + 512, true, `${bytes} bytes`);
  });
}

Deno.test("a budget of an address is that of its whole IPv6 /64, and of nobody else", () => {
  const budgets = new AddressByteBudgets(countingRandom32());
  addressBudget("2001:db8::1", budgets).spend(2 * ADDRESS_BYTES.atOnce, 0);
  assertEquals(addressBudget("2001:db8::ffff", budgets).delayMs(0) > 0, true);
  assertEquals(addressBudget("2001:db8:0:1::1", budgets).delayMs(0), 0);
  assertEquals(addressBudget("192.0.2.1", budgets).delayMs(0), 0);
});
