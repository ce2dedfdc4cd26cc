import { assertEquals } from "@std/assert";
import { JsonNumber, JsonObject, type JsonValue, readJson } from "../../src/protocol/json.ts";

function read(text: string) {
  return readJson(new TextEncoder().encode(text));
}

function value(text: string): JsonValue {
  const result = read(text);
  if (!result.ok) throw new Error(`Cannot read ${text}: ${result.reason}`);
  return result.value;
}

function object(...members: [string, JsonValue][]): JsonObject {
  return new JsonObject(members.map(([name, value]) => ({ name, value })));
}

function number(text: string): JsonNumber {
  return new JsonNumber(text);
}

function reason(text: string): string {
  const result = read(text);
  return result.ok ? "read" : result.reason;
}

Deno.test("readJson reads every kind of value", () => {
  assertEquals(value("null"), null);
  assertEquals(value("true"), true);
  assertEquals(value("false"), false);
  assertEquals(value('""'), "");
  assertEquals(value('"a"'), "a");
  assertEquals(value("[]"), []);
  assertEquals(value("[[],null]"), [[], null]);
  assertEquals(value("{}"), object());
  assertEquals(value('{"a":{"b":[true]}}'), object(["a", object(["b", [true]])]));
});

Deno.test("readJson keeps numbers as they were written", () => {
  const numbers = ["0", "-0", "9007199254740993", "1.50", "-1e400", "1E+2", "0.1e-3", "-12.0"];
  for (const text of numbers) {
    assertEquals(value(text), number(text));
    assertEquals(value(`[${text}]`), [number(text)]);
  }
});

Deno.test("readJson refuses numbers that JSON does not have", () => {
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

Deno.test("readJson keeps duplicate members in order", () => {
  const expected = object(["a", number("1")], ["a", number("2")], ["A", number("3")]);
  assertEquals(value('{"a":1,"a":2,"A":3}'), expected);
  assertEquals(value('{"__proto__":null}'), object(["__proto__", null]));
});

Deno.test("readJson reads escapes and text beyond ASCII", () => {
  assertEquals(value('"\\"\\\\\\/\\b\\f\\n\\r\\t"'), '"\\/\b\f\n\r\t');
  assertEquals(value('"\\u0041\\u00e9\\ud83d\\ude00"'), "Aé😀");
  assertEquals(value('"Aé☃😀\u007f"'), "Aé☃😀\u007f");
  assertEquals(value('"\uFEFF"'), "\uFEFF");
  assertEquals(value('"\\ud800"'), "\ud800");
});

Deno.test("readJson refuses texts that JSON does not have", () => {
  const invalid = ['"\\x41"', '"\\u12"', '"\\u123g"', '"\n"', '"\t"', '"\u0000"'];
  for (const text of invalid) {
    assertEquals(reason(text), "expected a valid UTF-8 string at byte 0", text);
  }
  for (const text of ['"', '"a', '"\\"', '"\\', '"\\\\\\"']) {
    assertEquals(reason(text), "expected the end of a string at byte 0", text);
  }
});

Deno.test("readJson refuses what is not UTF-8", () => {
  const sequences = {
    "lone continuation": [0x80],
    "cut sequence": [0xc3],
    "overlong slash": [0xc0, 0xaf],
    "surrogate": [0xed, 0xa0, 0x80],
    "beyond Unicode": [0xf4, 0x90, 0x80, 0x80],
  };
  for (const [name, bytes] of Object.entries(sequences)) {
    assertEquals(
      readJson(Uint8Array.of(0x22, ...bytes, 0x22)),
      { ok: false, reason: "expected a valid UTF-8 string at byte 0" },
      name,
    );
  }
});

Deno.test("readJson allows the four kinds of white space and no other", () => {
  const spaced = ' \t\r\n{ \t\r\n"a" \t\r\n: \t\r\n[ \t\r\n1 , 2 ] \t\r\n} \t\r\n';
  assertEquals(value(spaced), object(["a", [number("1"), number("2")]]));
  for (const space of ["\v", "\f", "\u00a0", "\u2028", "\uFEFF", "\u0000"]) {
    assertEquals(read(`${space}1`).ok, false);
    assertEquals(read(`1${space}`).ok, false);
  }
});

Deno.test("readJson says what it expected and where", () => {
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

Deno.test("readJson nests 16 deep and no deeper", () => {
  const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const deepObject = (depth: number) => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
  assertEquals(read(deep(16)).ok, true);
  assertEquals(reason(deep(17)), "expected nesting of at most 16 at byte 16");
  assertEquals(read(deepObject(16)).ok, true);
  assertEquals(reason(deepObject(17)), "expected nesting of at most 16 at byte 80");
  assertEquals(reason("[".repeat(100_000)), "expected nesting of at most 16 at byte 16");
  // Neighbours do not add up, closed or empty.
  assertEquals(read(`[${deep(15)},${deepObject(15)},${deep(15)},{},[]]`).ok, true);
});

Deno.test("readJson agrees with JSON.parse on what is JSON", () => {
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
    assertEquals(read(text).ok, isJson, text);
  }
});

Deno.test("values share no memory with the bytes they were read from", () => {
  const bytes = new TextEncoder().encode('{"name":["text","t\\u00e9xt",123]}');
  const result = readJson(bytes);
  bytes.fill(0x20);
  const expected = object(["name", ["text", "téxt", number("123")]]);
  assertEquals(result, { ok: true, value: expected });
});
