/**
 * What somebody meant who mistyped a name.
 *
 * @module
 */

/** Beyond this many slips a name is another name. */
const MAX_SLIPS = 2;

/**
 * The name that `text` was probably meant to be: the one with the fewest slips, or the only one
 * that begins so.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearMiss } from "./near_miss.ts";
 *
 * assertEquals(nearMiss("hots", ["host", "join"]), "host");
 * assertEquals(nearMiss("serve", ["host", "join"]), undefined);
 * ```
 */
export function nearMiss(text: string, names: readonly string[]): string | undefined {
  const typed = comparable(text);
  if (typed === "") return undefined;
  const scored = names
    .map((name) => ({ name, slips: slips(typed, comparable(name)) }))
    // Two slips turn any name of three letters into any other that shares one with it.
    .filter(({ name, slips }) => slips <= MAX_SLIPS && 2 * slips < name.length)
    .sort((a, b) => a.slips - b.slips);
  if (scored.length > 0) return scored[0].name;
  const beginning = names.filter((name) => comparable(name).startsWith(typed));
  return beginning.length === 1 ? beginning[0] : undefined;
}

function comparable(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/** Letters to add, to leave out, to replace, or to swap with their neighbour (Damerau). */
function slips(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let fewest = Math.min(
        last[column] + 1,
        current[column - 1] + 1,
        last[column - 1] + (isSame ? 0 : 1),
      );
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (isSwapped) fewest = Math.min(fewest, beforeLast[column - 2] + 1);
      current.push(fewest);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length];
}
