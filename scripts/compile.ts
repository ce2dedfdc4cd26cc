/**
 * Makes the executables for x86_64 Linux and Windows, and their checksums, in `dist`; for a release
 * those of every system (see `release/`).
 *
 * The program and what it needs of its packages become few modules first: an executable would
 * otherwise carry each of them as a whole. What is imported only when it is asked for becomes a module
 * of its own, so that nobody else pays for it. Then `deno compile` puts it behind the Deno runtime, with
 * the permission for the network and no other.
 *
 * `deno compile` downloads the runtime of each target. Where it cannot, these name files to use
 * instead; compiler and runtimes must be of one version:
 *
 * - `CONTAINMENT_BREACH_DENO`: the compiler, instead of the Deno that runs this
 * - `CONTAINMENT_BREACH_DENORT_LINUX`, `CONTAINMENT_BREACH_DENORT_WINDOWS`: the runtimes
 *
 * @module
 */

import { PROGRAM } from "../src/version.ts";

/** A system that an executable is made for. */
export interface Target {
  readonly triple: string;
  /** Name of the executable. */
  readonly file: string;
  /** Environment variable that names the runtime to use instead of a downloaded one. */
  readonly runtimeVariable?: string;
}

/** The systems that executables are made for without being asked for others. */
export const TARGETS: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    file: PROGRAM,
    runtimeVariable: "CONTAINMENT_BREACH_DENORT_LINUX",
  },
  {
    triple: "x86_64-pc-windows-msvc",
    file: `${PROGRAM}.exe`,
    runtimeVariable: "CONTAINMENT_BREACH_DENORT_WINDOWS",
  },
];

/**
 * Arguments for the compiler.
 *
 * No prompt: what is not permitted fails at once. No code cache: it would lie under a name that
 * anybody can guess in the folder for temporary files, where others could write what is run here.
 *
 * @param module where the program begins
 * @param config deno.json, whose unstable features the executable has as well
 */
export function compileArguments(
  { triple }: Target,
  { module, config, output }: { module: string; config: string; output: string },
): string[] {
  const permissions = ["--allow-net", "--no-prompt"];
  const settings = ["--no-code-cache", "--config", config, "--target", triple];
  return ["compile", "--quiet", ...permissions, ...settings, "--output", output, module];
}

/** One line of SHA256SUMS, as `sha256sum --check` reads it. */
export async function checksumLine(file: string, bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${digest.toHex()}  ${file}\n`;
}

/** The checksums of files in a folder. */
export async function checksums(folder: string, files: readonly string[]): Promise<string> {
  let lines = "";
  for (const file of files) {
    lines += await checksumLine(file, await Deno.readFile(`${folder}/${file}`));
  }
  return lines;
}

/**
 * Makes executables in the folder `dist` below `root`.
 *
 * @param targets by the path in `dist` that each executable gets
 */
export async function compileTargets(
  root: string,
  targets: ReadonlyMap<string, Target>,
): Promise<void> {
  const dist = `${root}/dist`;
  const bundle = `${dist}/bundle`;
  const module = `${bundle}/main.js`;
  const config = `${root}/deno.json`;
  await Deno.mkdir(dist, { recursive: true });
  await run(Deno.execPath(), [
    ...["bundle", "--quiet", "--platform", "deno", "--code-splitting"],
    ...["--outdir", bundle, `${root}/main.ts`],
  ]);
  for (const [path, target] of targets) {
    const output = `${dist}/${path}`;
    await compile(compileArguments(target, { module, config, output }), target);
    const { size } = await Deno.stat(output);
    console.log(`Made dist/${path}, ${(size / 1e6).toFixed(1)} MB`);
  }
  await Deno.remove(bundle, { recursive: true });
}

async function compileAll(root: string): Promise<void> {
  const files = TARGETS.map(({ file }) => file);
  await compileTargets(root, new Map(TARGETS.map((target) => [target.file, target])));
  await Deno.writeTextFile(`${root}/dist/SHA256SUMS`, await checksums(`${root}/dist`, files));
}

async function compile(args: string[], { runtimeVariable }: Target): Promise<void> {
  const compiler = Deno.env.get("CONTAINMENT_BREACH_DENO") ?? Deno.execPath();
  const runtime = runtimeVariable === undefined ? undefined : Deno.env.get(runtimeVariable);
  await run(compiler, args, runtime === undefined ? {} : { DENORT_BIN: runtime });
}

async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const { success, code } = await new Deno.Command(program, { args, env }).spawn().status;
  if (success) return;
  console.error(`Cannot run ${program} ${args[0]}: expected exit code 0, received ${code}`);
  Deno.exit(1);
}

if (import.meta.main) await compileAll(`${import.meta.dirname}/..`);
