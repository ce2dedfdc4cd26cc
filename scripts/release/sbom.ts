/**
 * What an executable is made of, as a bill of materials in the form of CycloneDX.
 *
 * @module
 */

import { PROGRAM } from "../../src/version.ts";
import { readFile } from "./documents.ts";

/** The parts of deno.lock that are read here. */
interface LockFile {
  /** By `name@version`; what follows an underscore is what it was resolved with. */
  readonly npm?: Readonly<Record<string, { readonly integrity: string }>>;
  readonly jsr?: Readonly<Record<string, { readonly integrity: string }>>;
}

interface Hash {
  readonly alg: "SHA-256" | "SHA-512";
  readonly content: string;
}

interface Component {
  readonly type: "library" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly Hash[];
}

/**
 * The bill of materials of a version: the packages of deno.lock, and the Deno of .deno-version.
 *
 * @param date day of the release, e.g. `2026-11-24`
 */
export function billOfMaterials(version: string, date: string): string {
  const components = [
    ...componentsOf(JSON.parse(readFile("deno.lock"))),
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

/** The packages of a lock file. */
export function componentsOf({ npm = {}, jsr = {} }: LockFile): Component[] {
  return [
    ...Object.entries(npm).map(([key, { integrity }]) => {
      const digest = Uint8Array.fromBase64(integrity.replace(/^sha512-/, ""));
      return library("npm", key, { alg: "SHA-512", content: digest.toHex() });
    }),
    ...Object.entries(jsr).map(([key, { integrity }]) =>
      library("jsr", key, { alg: "SHA-256", content: integrity })
    ),
  ];
}

function library(registry: "npm" | "jsr", key: string, hash: Hash): Component {
  const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
  if (version === undefined) {
    throw new Error(`Cannot list a package: expected NAME@VERSION in deno.lock, received ${key}`);
  }
  const purl = `pkg:${registry}/${name.replace("@", "%40")}@${version}`;
  return { type: "library", "bom-ref": purl, name, version, purl, hashes: [hash] };
}

function runtime(version: string): Component {
  const purl = `pkg:github/denoland/deno@v${version}`;
  return { type: "platform", "bom-ref": purl, name: "deno", version, purl };
}
