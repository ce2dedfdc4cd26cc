/**
 * Empty projects of Node.js and Bun in which the packed library was installed.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { makeNpmPackage } from "../../scripts/release/npm.ts";
import { runToEnd } from "../support/child_process.ts";
import { ROOT } from "../support/source_files.ts";

/** Where the runtimes and the compilers are installed, see `.ci/run`. */
const RUNTIMES = Deno.env.get("CONTAINMENT_BREACH_RUNTIMES") ?? "";
const MODULES = `${RUNTIMES}/node_modules`;

/** Whether there are runtimes to test with. */
export const HAS_RUNTIMES = RUNTIMES !== "";

/** What a project needs of this repository to run the tests' programs, which keep their places. */
const PROGRAMS = [
  "tests/runtimes/mistakes.ts",
  "tests/runtimes/peer.ts",
  "tests/runtimes/conformance.ts",
  "tests/peer/platform/conformance.ts",
];

/** A runtime that runs the programs. */
export type RuntimeName = "deno" | "node22" | "node24" | "bun";

/** Compilers of which users have either. */
export const COMPILERS = ["typescript5", "typescript7"] as const;

/** As a strict project has it, with the types of Node.js that TypeScript users install. */
const COMPILER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: false,
  skipLibCheck: false,
  target: "es2022",
  lib: ["es2023"],
  typeRoots: [`${MODULES}/@types`],
  types: ["node"],
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/** The projects, in a folder that is gone after its use. */
export class Projects implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Packs the library, and installs it with npm and with Bun. */
  static async make(): Promise<Projects> {
    const projects = new Projects(await Deno.makeTempDir({ prefix: "runtimes " }));
    const folder = projects.#folder;
    const parts = { version: "1.2.3", date: "2026-11-24", repository: undefined };
    const tarball = `${folder}/${await makeNpmPackage(parts, folder)}`;
    await projects.#add("node", ["npm", "install", "--no-audit", "--no-fund", tarball]);
    await projects.#add("bun", [programOf("bun"), "add", tarball]);
    return projects;
  }

  /** The command that runs a program, and the folder to run it in. */
  command(runtime: RuntimeName, program: string): { command: string[]; cwd: string } {
    switch (runtime) {
      case "deno":
        return {
          command: [Deno.execPath(), "run", "--quiet", "--allow-net", program],
          cwd: ROOT.pathname,
        };
      case "bun":
        return { command: [programOf("bun"), program], cwd: this.#folderOf(runtime) };
      default:
        return {
          command: [programOf(runtime), program.replace(/(.*)\.ts$/, "out/$1.js")],
          cwd: this.#folderOf(runtime),
        };
    }
  }

  /** Adds a file to a project. */
  async write(runtime: Exclude<RuntimeName, "deno">, file: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#folderOf(runtime)}/${file}`, text);
  }

  /**
   * Runs a compiler over the project of Node.js.
   *
   * @param program is part of the project meanwhile
   * @returns what it has to say, and before that its exit code if that is not 0
   */
  async compile(
    compiler: typeof COMPILERS[number],
    options: Readonly<Record<string, unknown>>,
    program = "export {};\n",
  ): Promise<string> {
    const cwd = `${this.#folder}/node`;
    await Deno.writeTextFile(`${cwd}/tests/added.ts`, program);
    const config = { compilerOptions: { ...COMPILER_OPTIONS, ...options }, include: ["tests"] };
    await Deno.writeTextFile(`${cwd}/tsconfig.json`, JSON.stringify(config));
    const tsc = `${MODULES}/${compiler}/bin/tsc`;
    const { code, stdout, stderr } = await runToEnd([programOf("node24"), tsc], {
      cwd,
      deadlineMs: 120_000,
    });
    return `${code === 0 ? "" : `${code} `}${stdout}${stderr}`;
  }

  /**
   * Compiles the library's sources for a runtime that knows the oldest Node.js of the package alone.
   *
   * @returns the files that need more
   */
  async compileSources(): Promise<string[]> {
    const compilerOptions = {
      ...COMPILER_OPTIONS,
      lib: ["es2024", "esnext.array", "esnext.disposable", "esnext.iterator"],
      module: "esnext",
      moduleResolution: "bundler",
      noEmit: true,
    };
    const files = Object.values(config.exports).map((path) => new URL(path, ROOT).pathname);
    const path = `${this.#folder}/tsconfig.json`;
    await Deno.writeTextFile(path, JSON.stringify({ compilerOptions, files }));
    const { stdout } = await runToEnd([
      ...[programOf("node24"), `${MODULES}/typescript5/bin/tsc`, "--project", path],
    ], { deadlineMs: 120_000 });
    const faults = stdout.matchAll(/^(?:\.\.\/)*(?:.*\/)?(src\/\S+)\(\d+,\d+\): error/gm);
    return [...new Set(Array.from(faults, ([, path]) => path))].toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  #folderOf(runtime: Exclude<RuntimeName, "deno">): string {
    return `${this.#folder}/${runtime === "bun" ? "bun" : "node"}`;
  }

  async #add(name: string, command: readonly string[]): Promise<void> {
    const cwd = `${this.#folder}/${name}`;
    for (const path of PROGRAMS) {
      await Deno.mkdir(`${cwd}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.copyFile(new URL(path, ROOT), `${cwd}/${path}`);
    }
    await Deno.writeTextFile(`${cwd}/package.json`, '{ "private": true, "type": "module" }\n');
    const { code, stdout, stderr } = await runToEnd(command, { cwd, deadlineMs: 120_000 });
    if (code !== 0) throw new Error(`Cannot install with ${command[0]}: ${stdout}${stderr}`);
  }
}

function programOf(runtime: Exclude<RuntimeName, "deno">): string {
  return `${MODULES}/${runtime}/bin/${runtime === "bun" ? "bun" : "node"}`;
}
