import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deriveCodeKeys, formatCode, readCode } from "../../../src/peer/channel/codes.ts";
import { stretch } from "../../../src/peer/channel/stretching.ts";
import { Prng } from "../../simulated/prng.ts";
import vectors from "../../vectors/link.json" with { type: "json" };

const { code: CODE, bytes: BYTES, K, name: NAME, secret: SECRET } = vectors.code;
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function codes(count: number): string[] {
  const prng = new Prng(7);
  const bytes = () => Uint8Array.from({ length: 10 }, () => prng.integer(0, 255));
  return Array.from({ length: count }, () => formatCode(bytes()));
}

function refused(text: string, saying: string): void {
  const { message } = assertThrows(() => readCode(text), TypeError, saying);
  const typed = text.replaceAll("-", "");
  if (typed.length > 3) assert(!message.replaceAll("-", "").includes(typed), message);
}

Deno.test("a code is the vector's in both directions", () => {
  assertEquals(formatCode(Uint8Array.fromHex(BYTES)), CODE);
  assertEquals(readCode(CODE).toHex(), BYTES);
});

Deno.test("codes of all zeros and all ones come back as they were", () => {
  for (const byte of [0, 255]) {
    const bytes = new Uint8Array(10).fill(byte);
    assertEquals(readCode(formatCode(bytes)), bytes);
  }
  for (const code of codes(100)) assertEquals(formatCode(readCode(code)), code);
});

Deno.test("dashes, blanks and case do not matter; I and L are 1, O is 0", () => {
  const ways = [
    CODE.toLowerCase(),
    CODE.replaceAll("-", ""),
    CODE.replaceAll("-", " "),
    CODE.replaceAll("-", "\u2013"),
    CODE.replaceAll("-", "\u2212"),
    ` ${[...CODE].join(" - ")}\r\n`,
    CODE.replaceAll("0", "O"),
    CODE.replaceAll("0", "o"),
  ];
  for (const way of ways) assertEquals(readCode(way).toHex(), BYTES, way);
  const ones = formatCode(Uint8Array.fromHex("08421084210842108421"));
  assertEquals(ones.slice(0, 19), "1111-1111-1111-1111");
  for (const one of "ILil") {
    assertEquals(readCode(ones.replaceAll("1", one)).toHex(), "08421084210842108421");
  }
});

Deno.test("any other character is refused by its name", () => {
  for (const [character, named] of [["U", '"U"'], ["u", '"u"'], ["*", '"*"'], ["ſ", '"ſ"']]) {
    refused(CODE.replace("J", character), `received ${named}`);
  }
  refused(CODE.replace("J", "\u200b"), String.raw`received "\u200b"`);
  refused(CODE.replace("J", "🎉"), 'received "🎉"');
  refused("our own words", 'received "u"');
});

Deno.test("a code of another length is refused", () => {
  for (
    const text of ["", "-", "1", CODE.slice(0, -1), `${CODE}0`, CODE.slice(0, 19), CODE + CODE]
  ) {
    refused(text, `received ${text.replaceAll("-", "").length}`);
  }
});

Deno.test("every wrong character and every exchange of neighbours is a typing error", () => {
  const says = "this code has a typing error";
  for (const code of codes(20)) {
    const digits = [...code.replaceAll("-", "")];
    digits.forEach((digit, at) => {
      for (const other of DIGITS) {
        if (other !== digit) refused(digits.with(at, other).join(""), says);
      }
      const next = digits[at + 1];
      if (next === undefined || next === digit) return;
      refused(digits.with(at, next).with(at + 1, digit).join(""), says);
    });
  }
});

Deno.test("a remainder above 1020 fits no code", () => {
  // 1021 as a check of a number that is a multiple of it, where 0 is right.
  const zero = formatCode(new Uint8Array(10));
  assertEquals(zero.slice(-2), "00");
  for (const check of ["ZX", "ZY", "ZZ"]) refused(zero.slice(0, -2) + check, "typing error");
});

Deno.test("name and secret of a code are the vector's", async () => {
  assertEquals((await stretch(Uint8Array.fromHex(BYTES), "containment breach code")).toHex(), K);
  const { name, secret } = await deriveCodeKeys(readCode(CODE));
  assertEquals(name, NAME);
  assertEquals(secret.toHex(), SECRET);
});

Deno.test("keys are stretched one at a time, and one that fails holds up none", async () => {
  const finished: number[] = [];
  const failing = stretch("no bytes" as unknown as Uint8Array, 7 as unknown as string);
  const all = [1, 2, 3].map((i) => stretch(Uint8Array.of(i), "salt").then(() => finished.push(i)));
  await assertRejects(() => failing);
  await Promise.all(all);
  assertEquals(finished, [1, 2, 3]);
});
