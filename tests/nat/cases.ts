/**
 * Many cases of one test, some at a time: most of them only wait for a deadline.
 *
 * @module
 */

/** Real processes at the same time are limited by memory, not by what they do. */
const CASES_AT_ONCE = 12;

/** A case; a failing one does not keep the others from running. */
export interface Case {
  readonly name: string;
  /** `owned` is disposed of at the end of the case. */
  readonly run: (owned: AsyncDisposableStack) => Promise<void>;
}

/** Steps that overlap cannot be told apart by sanitizers, so neither can their test. */
export const OVERLAPPING = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** Runs each case as a step of a test that has {@linkcode OVERLAPPING} among its options. */
export async function runAll(t: Deno.TestContext, cases: readonly Case[]): Promise<void> {
  const waiting = [...cases];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name, run } = next;
      const fn = async () => {
        await using owned = new AsyncDisposableStack();
        await run(owned);
      };
      await t.step({ name, fn, ...OVERLAPPING });
    }
  };
  await Promise.all(Array.from({ length: CASES_AT_ONCE }, work));
}
