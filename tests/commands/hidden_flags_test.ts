import { assert, assertEquals } from "@std/assert";
import { code, type GivenCode } from "../../src/commands/hidden_flags.ts";
import { formatHostPort } from "../../src/peer/names.ts";

const CODE = "008J-4CT4-ANK7-F24S-94";

function serverOf(given: GivenCode | undefined): string | undefined {
  return given?.server && formatHostPort(given.server);
}

Deno.test("a code may be written as people write it, with a server before it", () => {
  for (
    const [text, server] of [
      [CODE, undefined],
      ["oo8j 4ct4 ank7 f24s 94", undefined],
      ["008J4CT4ANK7F24S94", undefined],
      [`rendezvous.example/${CODE}`, "rendezvous.example:6969"],
      [`rendezvous.example:7000/${CODE}`, "rendezvous.example:7000"],
      [`203.0.113.1/${CODE.toLowerCase()}`, "203.0.113.1:6969"],
      [`[2001:db8::1]:7000/${CODE}`, "[2001:db8::1]:7000"],
      [`[2001:db8::1]/${CODE}`, "[2001:db8::1]:6969"],
      [`2001:db8::1/${CODE}`, "[2001:db8::1]:6969"],
    ] as const
  ) {
    const given = code.parse(text);
    assertEquals([given?.code, serverOf(given)], [CODE, server], text);
  }
  assertEquals(code.parse("-"), { server: undefined, code: "-" });
});

Deno.test("what is no code is refused with what is wrong, and never shown", () => {
  const cases: readonly (readonly [text: string, refusal: string])[] = [
    ["008J-4CT4-ANK7-F24S-9", "expected 18 characters besides dashes, received 17"],
    ["008J-4CT4-ANK7-F24S-944", "expected 18 characters besides dashes, received 19"],
    [
      "008J-4CT4-ANK7-F24S-95",
      "this code has a typing error, compare it with the one that you were given",
    ],
    ["008J-4CT4-ANK7-F24U-94", 'expected digits and letters without U, received "U"'],
    ["008J-4CT4-ANK7-F24S-9\u202e", 'expected digits and letters without U, received "\\u202e"'],
    ["", "expected CODE or SERVER/CODE, received nothing"],
    [" ", "expected CODE or SERVER/CODE, received nothing"],
    ["rendezvous.example/", "expected a code after the slash, received nothing"],
    ["rendezvous.example/-", "expected 18 characters besides dashes, received 0"],
    [
      "rendezvous.example/41",
      "expected 18 characters besides dashes, received 2; a peer by its address is " +
      "-remote=IP/PEERPORT",
    ],
    [
      `/${CODE}`,
      "expected HOST or HOST:PORT before the slash, received another text",
    ],
    [
      `https://rendezvous.example/${CODE}`,
      "expected HOST or HOST:PORT before the slash, received another text",
    ],
    [
      `${CODE}/${CODE}`,
      "expected HOST or HOST:PORT before the slash, received another text",
    ],
    [
      "rendezvous.example",
      'expected digits and letters without U, received "u"; a server is -server=HOST, or stands ' +
      "before a code as HOST/",
    ],
    [`${CODE} ${CODE}`, "expected one code, received more behind it"],
    [`rendezvous.example/${CODE} please`, "expected one code, received more behind it"],
  ];
  for (const [text, refusal] of cases) {
    assertEquals([code.parse(text), code.refusal?.(text)], [undefined, refusal], text);
    assert(!refusal.includes("4CT4"));
  }
});
