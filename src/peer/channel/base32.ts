/**
 * Crockford's base 32: digits and capitals without those that are mistaken for others.
 *
 * @module
 */

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS = 5n;
const MASK = 31n;

/** What people write for the digits that look like it. */
const LOOKALIKES: Readonly<Record<string, string>> = { I: "1", L: "1", O: "0" };

const VALUES: ReadonlyMap<string, bigint> = new Map(
  [...DIGITS, ...Object.keys(LOOKALIKES)].flatMap((character) => {
    const value = BigInt(DIGITS.indexOf(LOOKALIKES[character] ?? character));
    return [[character, value], [character.toLowerCase(), value]] as const;
  }),
);

/** A number as so many digits, most significant first. */
export function toBase32(value: bigint, length: number): string {
  let text = "";
  for (let i = BigInt(length) - 1n; i >= 0n; i--) text += DIGITS[Number(value >> i * BITS & MASK)];
  return text;
}

/** The value of one digit in either case. @returns `undefined` when `character` is none */
export function base32Value(character: string): bigint | undefined {
  return VALUES.get(character);
}

/** The number that values of digits make, most significant first. */
export function fromBase32(values: readonly bigint[]): bigint {
  return values.reduce((number, value) => number << BITS | value, 0n);
}
