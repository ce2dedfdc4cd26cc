import { assertEquals } from "@std/assert";
import { JsonDocument } from "../../src/protocol/json.ts";
import { NOWHERE } from "../../src/protocol/json_text.ts";
import { MemberNames } from "../../src/protocol/member_names.ts";

const NAMES = new MemberNames(["Alpha", "Beta"]);

function read(text: string): JsonDocument {
  return new JsonDocument(new TextEncoder().encode(text), NAMES);
}

function reason(text: string): string {
  return read(text).fault ?? "read";
}

/** What stands from an offset on, up to the next byte that ends a value on one level. */
function valueAt({ bytes }: JsonDocument, offset: number): string {
  return offset === NOWHERE ? "nothing" : new TextDecoder().decode(bytes.subarray(offset));
}

/** The values that count under the two names, each with all that follows it. */
function values(text: string): string[] {
  const json = read(text);
  assertEquals(json.fault, undefined, text);
  return ["Alpha", "Beta"].map((name) => valueAt(json, json.offsetOf(name)));
}

Deno.test("every kind of value is JSON", () => {
  const texts = ["null", "true", "false", '""', '"a"', "[]", "[[],null]", "{}", "5", " -0.5e-7 "];
  for (const text of [...texts, '{"a":{"b":[true]}}', '{"__proto__":null}']) {
    assertEquals(reason(text), "read", text);
    assertEquals(reason(`[${text},{"a":${text}}]`), "read", text);
  }
});

Deno.test("every way to write a number is JSON", () => {
  const numbers = ["0", "-0", "9007199254740993", "1.50", "-1e400", "1E+2", "0.1e-3", "-12.0"];
  for (const text of numbers) {
    assertEquals(reason(text), "read", text);
    assertEquals(reason(`[${text}]`), "read", text);
    assertEquals(values(`{"Alpha":${text}}`)[0], `${text}}`);
  }
});

Deno.test("an object is told from other values", () => {
  assertEquals(read(' {"a":1}').isObject, true);
  for (const text of ["[{}]", '"{}"', "1", "null"]) assertEquals(read(text).isObject, false, text);
  assertEquals(read(' {"a":1}').start, 1);
});

Deno.test("a member is found where its value begins", () => {
  assertEquals(values('{"Alpha":1,"Beta":2}'), ['1,"Beta":2}', "2}"]);
  assertEquals(values('{"x":[{"Alpha":1}], "Beta" : \t"b" }'), ["nothing", '"b" }']);
  assertEquals(values('{"Alpha":{"Alpha":1}}')[0], '{"Alpha":1}}');
  assertEquals(values('[{"Alpha":1}]')[0], "nothing");
  assertEquals(values('"Alpha"')[0], "nothing");
});

Deno.test("the last member of exactly this name counts, else the last in another case", () => {
  assertEquals(values('{"Alpha":1,"Alpha":2,"ALPHA":3}')[0], '2,"ALPHA":3}');
  assertEquals(values('{"alpha":1,"ALPHA":2,"x":3}')[0], '2,"x":3}');
});

Deno.test("elements of an array begin where elements says", () => {
  const json = read('{"Alpha":[ 1, [2,3] ,"[4,5]",{"a":[6]},null ],"Beta":[]}');
  const starts = json.elements(json.offsetOf("Alpha")).map((offset) => json.bytes[offset]);
  assertEquals(String.fromCharCode(...starts), '1["{n');
  assertEquals(json.elements(json.offsetOf("Beta")), []);
  assertEquals(json.isArray(json.offsetOf("Beta")), true);
});

Deno.test("the reader refuses numbers that JSON does not have", () => {
  const texts = [
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "1e+",
    "1.e1",
    "--1",
    "0x1",

    "1a",
    "Infinity",
  ];
  for (const text of texts) assertEquals(reason(text), "expected a JSON value at byte 0", text);
});

Deno.test("escapes and text beyond ASCII are JSON", () => {
  const texts = [
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u0041\\u00e9\\ud83d\\ude00\\uABCD"',
    '"A\u00e9\u2603\ud83d\ude00\u007f"',
    '"\uFEFF"',
    '"\\ud800"',
    '"\u{10FFFF}\uFFFF\u0800\u07FF\u0080\uD7FF\uE000"',
  ];
  for (const text of texts) assertEquals(reason(text), "read", text);
});

Deno.test("the reader refuses texts that JSON does not have", () => {
  const invalid = ['"\\x41"', '"\\u12"', '"\\u123g"', '"\n"', '"\t"', '"\u0000"'];
  for (const text of invalid) {
    assertEquals(reason(text), "expected a valid UTF-8 string at byte 0", text);
  }
  for (const text of ['"', '"a', '"\\"', '"\\', '"\\\\\\"']) {
    assertEquals(reason(text), "expected the end of a string at byte 0", text);
  }
});

Deno.test("the reader refuses what is not UTF-8", () => {
  const sequences = {
    "lone continuation": [0x80],
    "cut sequence": [0xc3],
    "cut sequence of three": [0xe2, 0x84],
    "lead after lead": [0xe2, 0xe2, 0x84, 0xaa],
    "overlong sequence of three": [0xe0, 0x9f, 0xbf],
    "overlong sequence of four": [0xf0, 0x8f, 0xbf, 0xbf],
    "lead that there is not": [0xf5, 0x80, 0x80, 0x80],
    "third byte that is none": [0xe2, 0x84, 0xc0],
    "overlong slash": [0xc0, 0xaf],
    "surrogate": [0xed, 0xa0, 0x80],
    "beyond Unicode": [0xf4, 0x90, 0x80, 0x80],
  };
  for (const [name, bytes] of Object.entries(sequences)) {
    assertEquals(
      new JsonDocument(Uint8Array.of(0x22, ...bytes, 0x22), NAMES).fault,
      "expected a valid UTF-8 string at byte 0",
      name,
    );
  }
});

Deno.test("the reader allows the four kinds of white space and no other", () => {
  const spaced = ' \t\r\n{ \t\r\n"a" \t\r\n: \t\r\n[ \t\r\n1 , 2 ] \t\r\n} \t\r\n';
  assertEquals(reason(spaced), "read");
  for (const space of ["\v", "\f", "\u00a0", "\u2028", "\uFEFF", "\u0000"]) {
    assertEquals(read(`${space}1`).isJson, false);
    assertEquals(read(`1${space}`).isJson, false);
  }
});

Deno.test("the reader says what it expected and where", () => {
  const faults = {
    "": "expected a JSON value at byte 0",
    "  ": "expected a JSON value at byte 2",
    "tru": "expected a JSON value at byte 0",
    "True": "expected a JSON value at byte 0",
    "nullnull": "expected a JSON value at byte 0",
    "1 2": "expected the end of the value at byte 2",
    "{}}": "expected the end of the value at byte 2",
    "{": "expected a member name at byte 1",
    "{a:1}": "expected a member name at byte 1",
    '{"a":1,}': "expected a member name at byte 7",
    '{"a"}': "expected ':' at byte 4",
    '{"a":}': "expected a JSON value at byte 5",
    '{"a":1': "expected ',' or '}' at byte 6",
    '{"a":1]': "expected ',' or '}' at byte 6",
    '{"a":"\\x"}': "expected a valid UTF-8 string at byte 5",
    '{"\\x":1}': "expected a valid UTF-8 string at byte 1",
    "[": "expected a JSON value at byte 1",
    "[1,]": "expected a JSON value at byte 3",
    "[1": "expected ',' or ']' at byte 2",
    "[1}": "expected ',' or ']' at byte 2",
    "[,1]": "expected a JSON value at byte 1",
    '{"a":{"b":[1,{"c":x}]}}': "expected a JSON value at byte 18",
  };
  for (const [text, expected] of Object.entries(faults)) assertEquals(reason(text), expected, text);
});

Deno.test("the reader nests 16 deep and no deeper", () => {
  const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const deepObject = (depth: number) => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
  assertEquals(read(deep(16)).isJson, true);
  assertEquals(reason(deep(17)), "expected nesting of at most 16 at byte 16");
  assertEquals(read(deepObject(16)).isJson, true);
  assertEquals(reason(deepObject(17)), "expected nesting of at most 16 at byte 80");
  assertEquals(reason("[".repeat(100_000)), "expected nesting of at most 16 at byte 16");
  // Neighbours do not add up, closed or empty.
  assertEquals(read(`[${deep(15)},${deepObject(15)},${deep(15)},{},[]]`).isJson, true);
});

Deno.test("the reader agrees with JSON.parse on what is JSON", () => {
  const texts = [
    '{"a":[1,2.5,-3e2,"x",true,null]}',
    "[{}]",
    '"\\u00e9"',
    "[1 ]",
    "[1,,2]",
    "{,}",
    "'a'",
  ];
  for (const text of texts) {
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    assertEquals(read(text).isJson, isJson, text);
  }
});
