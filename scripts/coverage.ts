/**
 * Prints the coverage of the pure core by its tests, and exits 1 when too few of its branches are
 * covered.
 *
 *     deno task coverage
 *
 * @module
 */

const CORE = ["src/address.ts", "src/protocol/", "src/rendezvous/"];
const TESTS = [
  "tests/address_test.ts",
  "tests/protocol",
  "tests/vectors",
  "tests/rendezvous",
  "tests/simulation",
];
const MIN_BRANCH_PERCENT = 95;

Deno.exit(await main());

async function main(): Promise<number> {
  const directory = await Deno.makeTempDir();
  try {
    const tests = await deno("test", "--allow-all", "--quiet", `--coverage=${directory}`, ...TESTS);
    if (!tests.success) {
      console.error(tests.text);
      return 1;
    }
    const include = `--include=/(${CORE.join("|")})`;
    const { text } = await deno("coverage", directory, include);
    console.log(text.trim());
    return checkFiles(text);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Every file of the core must reach the limit, so that none hides behind the others. */
function checkFiles(report: string): number {
  const rows = [...report.matchAll(/^\| (\S+\.ts) +\| +([\d.]+) \|/gm)];
  if (rows.length === 0) throw new Error("Cannot read the coverage report: expected rows of files");
  const poor = rows.filter(([, , percent]) => Number(percent) < MIN_BRANCH_PERCENT);
  for (const [, file, percent] of poor) {
    console.error(`${file}: expected ${MIN_BRANCH_PERCENT} % of branches, received ${percent} %`);
  }
  return poor.length === 0 ? 0 : 1;
}

async function deno(...args: string[]): Promise<{ success: boolean; text: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
