/**
 * What an executable is made of, as a bill of materials in the form of CycloneDX.
 *
 * @module
 */

import { PROGRAM } from "../../src/version.ts";
import { readFile, ROOT } from "./documents.ts";

/** The parts of deno.lock that are read here. */
interface LockFile {
  /** By `name@version`; what follows an underscore is what it was resolved with. */
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
  readonly jsr?: Readonly<Record<string, unknown>>;
}

interface Component {
  readonly type: "library" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/**
 * The bill of materials of a version: the packages that the program imports, with their checksums of
 * deno.lock, and the Deno of .deno-version.
 *
 * @param date day of the release, e.g. `2026-11-24`
 */
export async function billOfMaterials(version: string, date: string): Promise<string> {
  const components = [
    ...componentsOf(JSON.parse(readFile("deno.lock")), await importedPackages()),
    runtime(readFile(".deno-version").trim()),
  ];
  const self = `pkg:generic/${PROGRAM}@${version}`;
  const bill = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: `${date}T00:00:00Z`,
      component: {
        type: "application",
        "bom-ref": self,
        name: PROGRAM,
        version,
        purl: self,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** The packages of a lock file that are among those, given as `name@version`. */
export function componentsOf({ npm, jsr = {} }: LockFile, used: Iterable<string>): Component[] {
  const [foreign] = Object.keys(jsr);
  if (foreign !== undefined) {
    throw new Error(`Cannot list a package: expected one of npm, received ${foreign} of JSR`);
  }
  const isUsed = new Set(used);
  return Object.entries(npm)
    .map(([key, { integrity }]) => library(key, integrity))
    .filter(({ name, version }) => isUsed.has(`${name}@${version}`));
}

/** What `deno info` says of a module graph, as far as it is read here. */
interface Graph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  /** All of the lock file, whether the graph uses it or not. */
  readonly npmPackages: Readonly<Record<string, { readonly dependencies: readonly string[] }>>;
}

/** What main.ts imports, also on the way and also only when it is needed: `name@version`. */
async function importedPackages(): Promise<Set<string>> {
  const args = ["info", "--json", "main.ts"];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error("Cannot list packages: expected deno info to succeed, it failed");
  const { modules, npmPackages }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const keys = new Set(modules.flatMap(({ npmPackage = [] }) => npmPackage));
  // A set is walked up to what is added meanwhile.
  for (const key of keys) for (const each of npmPackages[key].dependencies) keys.add(each);
  return new Set(Array.from(keys, (key) => key.replace(/_.*$/, "")));
}

function library(key: string, integrity: string): Component {
  const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
  if (version === undefined) {
    throw new Error(`Cannot list a package: expected NAME@VERSION in deno.lock, received ${key}`);
  }
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const digest = Uint8Array.fromBase64(integrity.replace(/^sha512-/, ""));
  const hashes = [{ alg: "SHA-512", content: digest.toHex() }] as const;
  return { type: "library", "bom-ref": purl, name, version, purl, hashes };
}

function runtime(version: string): Component {
  const purl = `pkg:github/denoland/deno@v${version}`;
  return { type: "platform", "bom-ref": purl, name: "deno", version, purl };
}
