import { assertEquals } from "@std/assert";
import { NOWHERE } from "../../src/protocol/json_text.ts";
import { MemberNames } from "../../src/protocol/member_names.ts";

const NAMES = new MemberNames(["Token", "PeerPort"]);
const VALUE = 7;

/** How a name matches, as it is written between quotes. */
function match(written: string): string {
  const bytes = new TextEncoder().encode(`"${written}"`);
  const offsets = NAMES.emptyOffsets();
  NAMES.note(bytes, 1, bytes.length - 1, VALUE, offsets);
  const found = offsets.indexOf(VALUE);
  if (found === -1) return "none";
  assertEquals(offsets.filter((offset) => offset !== NOWHERE), [VALUE]);
  const name = ["Token", "PeerPort"].find((name) => NAMES.indexOf(name) === found - found % 2);
  return `${name} ${found % 2 === 0 ? "exactly" : "in another case"}`;
}

Deno.test("a name matches exactly or in another case", () => {
  assertEquals(match("PeerPort"), "PeerPort exactly");
  assertEquals(match("Token"), "Token exactly");
  for (const written of ["peerport", "PEERPORT", "peerPort", "pEERpORT"]) {
    assertEquals(match(written), "PeerPort in another case", written);
  }
});

Deno.test("a name with escapes matches like the characters that they stand for", () => {
  assertEquals(match("\\u0050eerPort"), "PeerPort exactly");
  assertEquals(match("\\u0070eerPort"), "PeerPort in another case");
  assertEquals(match("PeerPor\\u0074"), "PeerPort exactly");
  assertEquals(match("\\u0054\\u006f\\u006b\\u0065\\u006e"), "Token exactly");
  assertEquals(match("\\u0054\\u006F\\u004B\\u0065\\u006E"), "Token in another case");
});

Deno.test("the Kelvin sign is a k in another case, as for every reader without regard to case", () => {
  assertEquals("To\u212aen".toLowerCase(), "token");
  assertEquals(match("To\u212aen"), "Token in another case");
  assertEquals(match("To\\u212Aen"), "Token in another case");
  assertEquals(match("\u212a"), "none");
});

Deno.test("names that are only similar do not match", () => {
  const similar = [
    ...["", "PeerPor", "PeerPorts", "Peer Port", "PeerPort ", " PeerPort", "Peer_Port"],
    ...["PeerPor\\n", "PeerPor\\t", "\\u0050eerPor", "\\u0050eerPortt", "PeerPort\\u0000"],
    ...["PeerPor\u00d4", "\u00d0eerPort", "0eerPort", "To+en", "\\u0154oken", "Tok\u0435n"],
    ...["T\\u006fke", "\\\\PeerPort", "x".repeat(400), "\\u0050".repeat(60)],
  ];
  for (const written of similar) assertEquals(match(written), "none", written);
});
