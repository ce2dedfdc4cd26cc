/**
 * Makes a release, step by step, as `.github/workflows/release.yml` asks for it:
 *
 *     deno task release check v1.0.0   fails unless the tag fits deno.json and CHANGELOG.md
 *     deno task release compile        executables of every system, or of those named, in dist/SYSTEM
 *     deno task release package        archives, packages, SBOM and checksums, in dist/release
 *     deno task release smoke SYSTEM   runs the executable in the archive of this machine's system
 *     deno task release notes          prints what CHANGELOG.md says of this version
 *
 * `package` takes the executables that are there. The Debian package names `DEBFULLNAME` and
 * `DEBEMAIL` as its maintainer, that for npm `REPOSITORY_URL` as the place of its sources.
 *
 * @module
 */

import { fileURLToPath as fromFileUrl } from "node:url";
import { program } from "../../main.ts";
import { checksums, compileTargets } from "../compile.ts";
import { makeArchive } from "./archive.ts";
import { checkTag, parseChangelog, sectionOf } from "./changelog.ts";
import { makeDeb } from "./deb.ts";
import { documents, readFile, ROOT } from "./documents.ts";
import { makeNpmPackage } from "./npm.ts";
import { billOfMaterials } from "./sbom.ts";
import { smokeTest } from "./smoke.ts";
import { RELEASE_TARGETS, type ReleaseTarget } from "./targets.ts";

const FOLDER = fromFileUrl(ROOT);
const OUTPUT = `${FOLDER}dist/release`;

/** The target of a name. */
function targetOf(name: string | undefined): ReleaseTarget {
  const target = RELEASE_TARGETS.find((target) => target.name === name);
  if (target !== undefined) return target;
  const names = RELEASE_TARGETS.map(({ name }) => name).join(", ");
  throw new Error(`Cannot find a system: expected one of ${names}, received ${name}`);
}

async function compile(names: readonly string[]): Promise<void> {
  const targets = names.length === 0 ? RELEASE_TARGETS : names.map(targetOf);
  const byPath = new Map(targets.map((target) => [`${target.name}/${target.file}`, target]));
  for (const { name } of targets) await Deno.mkdir(`${FOLDER}dist/${name}`, { recursive: true });
  await compileTargets(FOLDER.slice(0, -1), byPath);
}

async function makePackages(): Promise<void> {
  const { version } = program;
  const sections = parseChangelog(readFile("CHANGELOG.md"));
  const { date } = sectionOf(readFile("CHANGELOG.md"), version);
  const parts = { documents: documents(date), version, date, sections, maintainer: maintainer() };
  await Deno.mkdir(OUTPUT, { recursive: true });
  const files: string[] = [];
  for (const target of RELEASE_TARGETS) {
    const executable = `${FOLDER}dist/${target.name}/${target.file}`;
    if (!await exists(executable)) continue;
    files.push(await makeArchive({ ...parts, target, executable }, OUTPUT));
    if (target.debian === undefined) continue;
    const compression = ["-Zxz"];
    files.push(
      await makeDeb({ ...parts, architecture: target.debian, executable, compression }, OUTPUT),
    );
  }
  files.push(
    await makeNpmPackage({ ...parts, repository: Deno.env.get("REPOSITORY_URL") }, OUTPUT),
  );
  const sbom = `${program.name}-${version}.cdx.json`;
  await Deno.writeTextFile(`${OUTPUT}/${sbom}`, await billOfMaterials(version, date));
  files.push(sbom);
  await Deno.writeTextFile(`${OUTPUT}/SHA256SUMS`, await checksums(OUTPUT, files.toSorted()));
  for (const file of files) console.log(`Made dist/release/${file}`);
}

function maintainer(): string {
  const name = Deno.env.get("DEBFULLNAME") ?? "Containment Breach contributors";
  const address = Deno.env.get("DEBEMAIL") ?? "containment-breach@users.noreply.github.com";
  return `${name} <${address}>`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function main([step, ...args]: readonly string[]): Promise<void> {
  switch (step) {
    case "check":
      return checkTag(args[0] ?? "", program.version, readFile("CHANGELOG.md"));
    case "compile":
      return await compile(args);
    case "package":
      return await makePackages();
    case "smoke":
      return await smokeTest(targetOf(args[0]), program.version, OUTPUT);
    case "notes":
      return console.log(sectionOf(readFile("CHANGELOG.md"), program.version).body);
  }
  throw new Error(
    `Cannot make a release: expected check, compile, package, smoke or notes, received ${step}`,
  );
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
