/**
 * Measures how much of the pure core its own unit tests run: the lines and branches of
 * `src/protocol` and `src/rendezvous`.
 *
 *     deno task coverage
 *
 * Exits with 1 when a part is below the goal or a module is loaded by no test.
 *
 * @module
 */

/** Goal for the branches of each part, in percent. */
const GOAL_PERCENT = 95;
const PARTS = ["src/protocol", "src/rendezvous"];
const TESTS = ["tests/address_test.ts", "tests/protocol", "tests/rendezvous"];
const ROOT = new URL("../", import.meta.url);

/** How many of something there are, and how many of them ran. */
export interface Share {
  readonly found: number;
  readonly hit: number;
}

/** Coverage of one module, or of several together. */
export interface Coverage {
  readonly lines: Share;
  readonly branches: Share;
  /** Lines that no test runs. */
  readonly missedLines: readonly number[];
}

/**
 * Reads a coverage report in LCOV form.
 *
 * @returns coverage by path, as the report writes it
 */
export function parseLcov(report: string): Map<string, Coverage> {
  const modules = new Map<string, Coverage>();
  for (const record of report.split("end_of_record")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined) continue;
    const total = (name: string) =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(record)?.[1] ?? 0);
    modules.set(path, {
      lines: { found: total("LF"), hit: total("LH") },
      branches: { found: total("BRF"), hit: total("BRH") },
      missedLines: [...record.matchAll(/^DA:(\d+),0\b/gm)].map(([, line]) => Number(line)),
    });
  }
  return modules;
}

/** The coverage of several modules together. */
export function sumCoverage(modules: readonly Coverage[]): Coverage {
  const sum = (shares: readonly Share[]) => ({
    found: shares.reduce((total, { found }) => total + found, 0),
    hit: shares.reduce((total, { hit }) => total + hit, 0),
  });
  return {
    lines: sum(modules.map(({ lines }) => lines)),
    branches: sum(modules.map(({ branches }) => branches)),
    missedLines: [],
  };
}

/** In percent; of nothing, all ran. */
export function percentOf({ found, hit }: Share): number {
  return found === 0 ? 100 : 100 * hit / found;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const modules = parseLcov(await measure());
  let reached = true;
  console.log(`${"".padEnd(36)}branches    lines  not run`);
  for (const part of PARTS) {
    const covered: Coverage[] = [];
    for (const name of await moduleNames(part)) {
      const coverage = modules.get(name);
      console.log(coverage === undefined ? `${name}: no test loads it` : row(name, coverage));
      if (coverage === undefined) reached = false;
      else covered.push(coverage);
    }
    const total = sumCoverage(covered);
    console.log(`${row(part, total)}\n`);
    if (percentOf(total.branches) < GOAL_PERCENT) reached = false;
  }
  if (reached) return;
  console.error(`expected ${GOAL_PERCENT} % of the branches of each part, received less`);
  Deno.exitCode = 1;
}

/** Runs the tests and returns the report, with the paths as seen from the repository's root. */
async function measure(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "coverage-" });
  try {
    const collect = [`--coverage=${folder}`, "--coverage-raw-data-only"];
    await deno(["test", "--quiet", "--no-check", ...collect, ...TESTS], "inherit");
    const report = await deno(["coverage", "--lcov", folder], "piped");
    return report.replace(/^SF:.*[\\/]src[\\/].*$/gm, (line) => {
      const slashes = line.replaceAll("\\", "/");
      return `SF:${slashes.slice(slashes.lastIndexOf("/src/") + 1)}`;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function deno(args: string[], stdout: "inherit" | "piped"): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdout, stderr: "inherit" });
  const output = await command.output();
  if (!output.success) throw new Error(`Cannot measure: deno ${args[0]} failed`);
  return stdout === "piped" ? new TextDecoder().decode(output.stdout) : "";
}

async function moduleNames(part: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(part, ROOT)));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => `${part}/${name}`).sort();
}

function row(name: string, { branches, lines, missedLines }: Coverage): string {
  const percent = (share: Share) => `${percentOf(share).toFixed(1)} %`.padStart(9);
  return `${name.padEnd(35)}${percent(branches)}${percent(lines)}  ${missedLines.join(" ")}`
    .trimEnd();
}
