/**
 * The library as a package for npm: modules and types as `deno pack` makes them of the sources, which
 * are what JSR gets.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { ROOT } from "./documents.ts";
import { run, Stage } from "./stage.ts";

/** What a package is made of. */
export interface NpmParts {
  readonly version: string;
  /** Day of the release, which everything in the package has for its time. */
  readonly date: string;
  /** Web address of the sources, for those who build one; provenance is refused without. */
  readonly repository: string | undefined;
}

/** What an import path leads to. */
interface Target {
  readonly types: string;
  readonly default: string;
}

/** The oldest runtimes that have all that the library uses, and that tests run it in. */
const ENGINES = { node: ">=22", bun: ">=1.4", deno: ">=2.5" };

/**
 * Makes the package in a folder; the same sources make the same bytes.
 *
 * @param folder absolute
 * @returns the name of the file
 */
export async function makeNpmPackage(parts: NpmParts, folder: string): Promise<string> {
  await using stage = await Stage.make();
  const packed = `${stage.path}/packed.tgz`;
  const flags = ["--quiet", "--allow-dirty", "--no-source-maps", "--set-version", parts.version];
  await run(Deno.execPath(), ["pack", ...flags, "--output", packed], { cwd: ROOT });
  await run("tar", ["-xzf", packed, "-C", stage.path]);
  await Deno.remove(packed);
  await removeSources(`${stage.path}/package`);
  await stage.write("package/package.json", `${JSON.stringify(description(parts), null, 2)}\n`);
  const file = `${config.name.replace("@", "").replace("/", "-")}-${parts.version}.tgz`;
  await stage.archive(["package"], `${folder}/${file}`, parts.date);
  return file;
}

/** What package.json says. */
function description({ version, repository }: NpmParts): Readonly<Record<string, unknown>> {
  return {
    name: config.name,
    version,
    description: "Find another peer through a rendezvous server, open a path through the NATs " +
      "between, and exchange datagrams",
    keywords: ["nat", "p2p", "hole-punching", "udp", "rendezvous"],
    license: config.license,
    ...repository !== undefined && { repository: { type: "git", url: `git+${repository}.git` } },
    type: "module",
    sideEffects: false,
    engines: ENGINES,
    exports: Object.fromEntries(
      Object.entries(config.exports).map(([name, path]) => [name, targetOf(path)]),
    ),
  };
}

function targetOf(source: string): Target {
  const path = source.replace(/\.ts$/, "");
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

/** `deno pack` takes along whole the rooms that JSR gets; what nothing imports it leaves as it is. */
async function removeSources(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await removeSources(path);
    else if (name.endsWith(".ts") && !name.endsWith(".d.ts")) await Deno.remove(path);
  }
}
