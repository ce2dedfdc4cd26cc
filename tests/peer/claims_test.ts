import { assertEquals, assertThrows } from "@std/assert";
import { readClaims, writeClaims } from "../../src/peer/claims.ts";

Deno.test("claims are a small JSON object, which says what it said", () => {
  assertEquals(writeClaims(5n, "text"), '{"PeerPort":"5","Note":"text"}');
  assertEquals(writeClaims(-(2n ** 63n), undefined), '{"PeerPort":"-9223372036854775808"}');
  for (const note of ["", 'a "quoted"\nline', "süß \u{1F680}", '{"PeerPort":"6"}', undefined]) {
    const peerPort = 2n ** 63n - 1n;
    assertEquals(readClaims(writeClaims(peerPort, note)), { peerPort, note });
  }
});

Deno.test("what another program says is a text, and no mistake", () => {
  const foreign = [
    ...["", "hello", "5", "null", '"text"', "[]", "{}", "{", '{"PeerPort":5}'],
    ...['{"PeerPort":"x"}', '{"PeerPort":"9223372036854775808"}', '{"PeerPort":"1","Note":2}'],
    ...['{"Note":"text"}', '{"peerport":"1"}'],
  ];
  for (const note of foreign) assertEquals(readClaims(note), { peerPort: undefined, note });
  assertEquals(readClaims(undefined), { peerPort: undefined, note: undefined });
  const later = '{"PeerPort":"1","Note":"text","Version":2}';
  assertEquals(readClaims(later), { peerPort: 1n, note: "text" });
});

Deno.test("a note that does not fit is refused, at the byte", () => {
  const room = 512 - '{"PeerPort":"5","Note":""}'.length;
  assertEquals(writeClaims(5n, "x".repeat(room)).length, 512);
  assertThrows(() => writeClaims(5n, "x".repeat(room + 1)), RangeError, "received 513 bytes");
  assertThrows(() => writeClaims(5n, "ü".repeat(room / 2 + 1)), RangeError);
  assertThrows(() => writeClaims(5n, "\ud800"), TypeError, "unpaired");
  assertThrows(() => writeClaims(5n, 5 as unknown as string), TypeError);
});
