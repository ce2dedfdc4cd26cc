/**
 * Checks that every module imports only what its place in the house allows.
 *
 * The table below is the architecture: who stands in no row of it is nowhere, and what a row does
 * not name cannot be imported. Tests and scripts may import anything and are imported by nobody.
 *
 * @module
 */

/** What the modules of one place may import. */
export interface Arrows {
  /** A file, or a folder with a slash at its end; the longest that fits a module counts. */
  readonly from: string;
  /** Files, folders and bare specifiers; a folder's own modules may always import each other. */
  readonly to: readonly string[];
}

/** The arrows of this repository. Nothing may import `main.ts` or `src/server.ts` but `main.ts`. */
export const ARROWS: readonly Arrows[] = [
  {
    from: "main.ts",
    to: [
      "src/address.ts",
      "src/cli.ts",
      "src/log.ts",
      "src/net/listen.ts",
      "src/peer/",
      "src/server.ts",
      "src/server_flags.ts",
      "src/version.ts",
    ],
  },
  {
    from: "src/server.ts",
    to: [
      "src/address.ts",
      "src/clock.ts",
      "src/limit_report.ts",
      "src/limits.ts",
      "src/log.ts",
      "src/net/",
      "src/protocol/",
      "src/rendezvous/",
    ],
  },
  {
    from: "src/server_flags.ts",
    to: [
      "src/address.ts",
      "src/cli.ts",
      "src/limits.ts",
      "src/log.ts",
      "src/rendezvous/lease_manager.ts",
    ],
  },
  {
    from: "src/limit_report.ts",
    to: ["src/clock.ts", "src/limits.ts", "src/log.ts", "src/rendezvous/counters.ts"],
  },
  {
    from: "src/peer/",
    to: ["src/address.ts", "src/cli.ts", "src/clock.ts", "src/protocol/", "src/version.ts"],
  },
  {
    from: "src/peer/deno_platform.ts",
    to: [
      "node:crypto",
      "node:dns/promises",
      "src/address.ts",
      "src/clock.ts",
      "src/net/",
      "src/peer/platform.ts",
    ],
  },
  { from: "src/net/", to: ["src/address.ts", "src/limits.ts", "src/protocol/json_stream.ts"] },
  { from: "src/rendezvous/", to: ["src/address.ts", "src/limits.ts", "src/protocol/"] },
  { from: "src/protocol/", to: ["src/address.ts", "src/limits.ts"] },
  { from: "src/cli.ts", to: ["@std/cli/parse-args"] },
  { from: "src/log.ts", to: ["@logtape/logtape"] },
  { from: "src/version.ts", to: ["deno.json"] },
  { from: "src/address.ts", to: [] },
  { from: "src/clock.ts", to: [] },
  { from: "src/limits.ts", to: [] },
];

const STATIC_IMPORT =
  /^(?:import|export)\s+(?:(?:[\w$*,\s]|\{[^{}]*\})*?\bfrom\s+)?["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*([^)]*)\)/g;
const COMMENT_LINE = /^\s*(?:\/\/|\/?\*).*$/gm;

/**
 * What a module imports, in any of the ways there are. Comments do not count: the examples in them
 * are tests.
 *
 * @param source a formatted module: statements begin at the start of a line
 */
export function importsOf(source: string): string[] {
  const code = source.replace(COMMENT_LINE, "");
  const fixed = Array.from(code.matchAll(STATIC_IMPORT), ([, specifier]) => specifier);
  const dynamic = Array.from(
    code.matchAll(DYNAMIC_IMPORT),
    ([, argument]) => /^["']([^"']+)["']/.exec(argument)?.[1] ?? argument.trim(),
  );
  return [...fixed, ...dynamic];
}

/**
 * The imports that the table does not allow, one line each.
 *
 * @param sources text of each module by its path from the root, with slashes
 */
export function arrowFaults(sources: ReadonlyMap<string, string>, table = ARROWS): string[] {
  const faults: string[] = [];
  for (const [path, source] of sources) {
    const arrows = placeOf(path, table);
    if (arrows === undefined) {
      faults.push(`Cannot place ${path}: expected a row for it in scripts/check_arrows.ts`);
      continue;
    }
    for (const specifier of importsOf(source)) {
      const target = resolve(specifier, path);
      if ([arrows.from, ...arrows.to].some((place) => covers(place, target))) continue;
      const allowed = arrows.to.length === 0 ? "no import" : `only ${arrows.to.join(", ")}`;
      faults.push(`Cannot import ${target} in ${path}: expected ${allowed}`);
    }
  }
  return faults;
}

/** Reads `main.ts` and every TypeScript module below `src/`. */
export async function readSources(root: URL): Promise<Map<string, string>> {
  const sources = new Map([["main.ts", await Deno.readTextFile(new URL("main.ts", root))]]);
  const folders = ["src/"];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
      const path = folder + name;
      if (isDirectory) folders.push(`${path}/`);
      else if (name.endsWith(".ts")) {
        sources.set(path, await Deno.readTextFile(new URL(path, root)));
      }
    }
  }
  return sources;
}

function placeOf(path: string, table: readonly Arrows[]): Arrows | undefined {
  return table
    .filter(({ from }) => covers(from, path))
    .toSorted((a, b) => b.from.length - a.from.length)[0];
}

function covers(place: string, path: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

/** Relative specifiers become paths from the root; others are what they are. */
function resolve(specifier: string, importer: string): string {
  if (!/^\.{0,2}\//.test(specifier)) return specifier;
  return new URL(specifier, `file:///${importer}`).pathname.slice(1);
}

if (import.meta.main) {
  const sources = await readSources(new URL("..", import.meta.url));
  const faults = arrowFaults(sources);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
  console.log(`Checked the imports of ${sources.size} modules`);
}
