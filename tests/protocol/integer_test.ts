import { assertEquals } from "@std/assert";
import { readInt64 } from "../../src/protocol/integer.ts";
import { NOWHERE } from "../../src/protocol/json_text.ts";
import { MAX_PEER_PORT, MIN_PEER_PORT } from "../../src/protocol/message.ts";

const INTEGERS: Record<string, bigint> = {
  "0": 0n,
  "-0": 0n,
  "5": 5n,
  "-5": -5n,
  "999999999999999999": 999999999999999999n,
  "-99999999999999999": -99999999999999999n,
  "1000000000000000000": 10n ** 18n,
  // Neighbours that a double cannot tell apart.
  "9007199254740992": 2n ** 53n,
  "9007199254740993": 2n ** 53n + 1n,
  "9223372036854775807": MAX_PEER_PORT,
  "9223372036854775806": MAX_PEER_PORT - 1n,
  "-9223372036854775808": MIN_PEER_PORT,
  "-9223372036854775807": MIN_PEER_PORT + 1n,
  "5.0": 5n,
  "5.000": 5n,
  "-0.0": 0n,
  "0.5e1": 5n,
  "1e1": 10n,
  "1E1": 10n,
  "1e+1": 10n,
  "10e-1": 1n,
  "1200e-2": 12n,
  "-1.5e1": -15n,
  "1.50e1": 15n,
  "1e18": 10n ** 18n,
  "922337203685477580.7e1": MAX_PEER_PORT,
  "-9.223372036854775808e18": MIN_PEER_PORT,
  "9223372036854775807.0": MAX_PEER_PORT,
  "9223372036854775807000e-3": MAX_PEER_PORT,
  "0e999999999": 0n,
  "0e-999999999": 0n,
  "0.000e400": 0n,
  "1e00000000000000000001": 10n,
};

const NOT_INT64 = [
  "9223372036854775808",
  "-9223372036854775809",
  "10000000000000000000",
  "99999999999999999999",
  "9223372036854775807.5",
  "0.5",
  "-0.1",
  "1e-1",
  "15e-2",
  "1.05e1",
  "1e19",
  "1e400",
  "-1e400",
  "1e999999999",
  "1e-999999999",
  "1e99999999999999999999999999",
  "9.3e18",
];

/** The number as it stands in a message: inside other bytes. */
function toInt64(text: string): bigint | undefined {
  return readInt64(new TextEncoder().encode(`[${text}]`), 1);
}

Deno.test("readInt64 is exact for every integral number within 64 bits", () => {
  for (const [text, value] of Object.entries(INTEGERS)) {
    assertEquals(toInt64(text), value, text);
  }
});

Deno.test("readInt64 refuses fractions and what does not fit", () => {
  for (const text of NOT_INT64) assertEquals(toInt64(text), undefined, text);
});

Deno.test("readInt64 reads numbers as long as a message", () => {
  const zeros = "0".repeat(4000);
  assertEquals(toInt64(`1${zeros}1`), undefined);
  assertEquals(toInt64(`5.${zeros}`), 5n);
  assertEquals(toInt64(`5${zeros}e-4000`), 5n);
  assertEquals(toInt64(`0.${zeros}5e4001`), 5n);
  assertEquals(toInt64(`0.${zeros}5e4000`), undefined);
});

Deno.test("readInt64 reads no number where there is none", () => {
  for (const text of ['"5"', "null", "true", "[5]", '{"a":5}']) {
    assertEquals(toInt64(text), undefined, text);
  }
  assertEquals(readInt64(new TextEncoder().encode("5"), NOWHERE), undefined);
  assertEquals(readInt64(new TextEncoder().encode("-15e1"), 0), -150n);
});
