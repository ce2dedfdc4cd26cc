/**
 * Prints how many tests passed and failed as one line, `N passed, N failed`, from the JUnit file of
 * a test run:
 *
 *     deno run --allow-read scripts/junit_counts.ts FILE EXIT_CODE
 *
 * EXIT_CODE is that of the test run. A module that cannot be loaded ends the run before there is a
 * file, or is missing in it; it counts as one failure, so that no failed run looks like a good one.
 *
 * @module
 */

/** Results of a test run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const SUITE = /<testsuite ([^>]*)>/g;

/**
 * Adds the test suites of a JUnit file up.
 *
 * @param xml `undefined` when there is no file
 * @param exitCode of the test run
 */
export function junitCounts(xml: string | undefined, exitCode: number): Counts {
  const total = { tests: 0, failures: 0, errors: 0, disabled: 0 };
  // Texts of tests are escaped: a `<` is always the start of an element.
  for (const [, attributes] of (xml ?? "").matchAll(SUITE)) {
    for (const name of Object.keys(total) as (keyof typeof total)[]) {
      total[name] += Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
    }
  }
  const failed = total.failures + total.errors;
  return {
    passed: total.tests - failed - total.disabled,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: total.disabled,
  };
}

/** The counts as one line. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const [path, exitCode] = Deno.args;
  console.log(countsLine(junitCounts(await readIfPresent(path), Number(exitCode))));
}
