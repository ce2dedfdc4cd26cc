import { assertEquals, assertStringIncludes } from "@std/assert";
import { arrowFaults, ARROWS, importsOf, readSources } from "../../scripts/check_arrows.ts";

/** Faults of a tree with these modules, each with this one import. */
function faultsOf(imports: Record<string, string>): string[] {
  const sources = Object.entries(imports).map(([path, specifier]) =>
    [path, `import { a } from "${specifier}";\n`] as const
  );
  return arrowFaults(new Map(sources));
}

Deno.test("imports of every form are seen", () => {
  const source = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    'import c from "./c.json" with { type: "json" };',
    'import * as d from "./d.ts";',
    "import {",
    "  type E,",
    "  e,",
    '} from "./e.ts";',
    'import "./f.ts";',
    'export { g } from "./g.ts";',
    'export * from "./h.ts";',
    'export type { I } from "./i.ts";',
    'const j = await import("./j.ts");',
    'let k: typeof import("./k.ts");',
    "const l = await import(\n  path,\n);",
  ].join("\n");
  const expected = [..."ab"].map((name) => `./${name}.ts`)
    .concat("./c.json", [..."defghijk"].map((name) => `./${name}.ts`), "path,");
  assertEquals(importsOf(source), expected);
});

Deno.test("comments, texts and exports without a source are no imports", () => {
  const source = [
    "/**",
    ' * import { assertEquals } from "@std/assert";',
    " */",
    '// import "./a.ts";',
    'export const from = "./b.ts";',
    "export interface Route {",
    '  from: "./c.ts";',
    "}",
    'const text = `import { d } from "./d.ts"`;',
    "export { route };",
    'console.log("./e.ts");',
  ].join("\n");
  assertEquals(importsOf(source), []);
});

const ALLOWED: readonly (readonly [from: string, specifier: string])[] = [
  ["main.ts", "./src/server.ts"],
  ["main.ts", "./src/cli.ts"],
  ["main.ts", "./src/peer/commands/probe.ts"],
  ["src/server.ts", "./net/listen.ts"],
  ["src/server.ts", "./rendezvous/session.ts"],
  ["src/server.ts", "./protocol/decode.ts"],
  ["src/net/connections.ts", "./pause.ts"],
  ["src/net/connections.ts", "../protocol/json_stream.ts"],
  ["src/rendezvous/session.ts", "../protocol/message.ts"],
  ["src/protocol/decode.ts", "../address.ts"],
  ["src/peer/commands/probe.ts", "../link.ts"],
  ["src/peer/link.ts", "../protocol/encode.ts"],
  ["src/cli.ts", "@std/cli/parse-args"],
  ["src/log.ts", "@logtape/logtape"],
  ["src/version.ts", "../deno.json"],
];

for (const [from, specifier] of ALLOWED) {
  Deno.test(`${from} may import ${specifier}`, () => {
    assertEquals(faultsOf({ [from]: specifier }), []);
  });
}

const FORBIDDEN: readonly (readonly [from: string, specifier: string, target: string])[] = [
  ["src/peer/mod.ts", "../../main.ts", "main.ts"],
  ["src/peer/mod.ts", "../server.ts", "src/server.ts"],
  ["src/net/listen.ts", "../server.ts", "src/server.ts"],
  ["src/net/listen.ts", "../protocol/decode.ts", "src/protocol/decode.ts"],
  ["src/net/listen.ts", "../rendezvous/session.ts", "src/rendezvous/session.ts"],
  ["src/rendezvous/session.ts", "../net/listen.ts", "src/net/listen.ts"],
  ["src/rendezvous/session.ts", "../clock.ts", "src/clock.ts"],
  ["src/rendezvous/session.ts", "../log.ts", "src/log.ts"],
  ["src/protocol/decode.ts", "../rendezvous/session.ts", "src/rendezvous/session.ts"],
  ["src/protocol/decode.ts", "npm:anything@1.0.0", "npm:anything@1.0.0"],
  ["src/protocol/decode.ts", "node:crypto", "node:crypto"],
  ["src/address.ts", "./limits.ts", "src/limits.ts"],
  ["src/peer/link.ts", "../net/datagrams.ts", "src/net/datagrams.ts"],
  ["src/peer/link.ts", "../rendezvous/session.ts", "src/rendezvous/session.ts"],
  ["src/server.ts", "./peer/mod.ts", "src/peer/mod.ts"],
  ["src/server.ts", "../tests/nat/lab.ts", "tests/nat/lab.ts"],
  ["src/server.ts", "../scripts/compile.ts", "scripts/compile.ts"],
  ["src/server.ts", "@std/cli/parse-args", "@std/cli/parse-args"],
  ["src/server.ts", "@logtape/logtape", "@logtape/logtape"],
  ["src/protocol/encode.ts", "@std/assert", "@std/assert"],
  ["main.ts", "./src/rendezvous/session.ts", "src/rendezvous/session.ts"],
];

for (const [from, specifier, target] of FORBIDDEN) {
  Deno.test(`${from} may not import ${specifier}`, () => {
    const faults = faultsOf({ [from]: specifier });
    assertEquals(faults.length, 1);
    assertStringIncludes(faults[0], `Cannot import ${target} in ${from}: expected`);
  });
}

Deno.test("a fault names the module, what it imports, and what it might", () => {
  assertEquals(faultsOf({ "src/protocol/decode.ts": "../server.ts" }), [
    "Cannot import src/server.ts in src/protocol/decode.ts: " +
    "expected only src/address.ts, src/limits.ts",
  ]);
  assertEquals(faultsOf({ "src/limits.ts": "./address.ts" }), [
    "Cannot import src/address.ts in src/limits.ts: expected no import",
  ]);
});

Deno.test("a module without a row is a fault", () => {
  assertEquals(faultsOf({ "src/helpers/misc.ts": "./other.ts" }), [
    "Cannot place src/helpers/misc.ts: expected a row for it in scripts/check_arrows.ts",
  ]);
});

Deno.test("every row is about something that exists", async () => {
  const paths = [...(await readSources(new URL("../../", import.meta.url))).keys(), "deno.json"];
  const places = ARROWS.flatMap(({ from, to }) => [from, ...to])
    .filter((place) => place.endsWith("/") || /\.(ts|json)$/.test(place));
  const missing = places.filter((place) =>
    !paths.some((path) => place.endsWith("/") ? path.startsWith(place) : path === place)
  );
  assertEquals(missing, []);
});

Deno.test("a tree is read from disk, and the command fails on its faults", async () => {
  const root = await Deno.makeTempDir({ prefix: "arrows " });
  try {
    const files = {
      "main.ts": 'import { a } from "./src/cli.ts";\n',
      "src/cli.ts": 'import { b } from "./protocol/deep/b.ts";\n',
      "src/protocol/deep/b.ts": 'import { c } from "../../../scripts/c.ts";\n',
      "src/protocol/notes.md": 'import { d } from "../../main.ts";\n',
      "scripts/c.ts": "export {};\n",
    };
    for (const folder of ["src/protocol/deep", "scripts"]) {
      await Deno.mkdir(`${root}/${folder}`, { recursive: true });
    }
    for (const [path, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    const script = `${root}/scripts/check_arrows.ts`;
    await Deno.copyFile(new URL("../../scripts/check_arrows.ts", import.meta.url), script);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--allow-read", script],
    }).output();
    const lines = new TextDecoder().decode(stderr).trim().split("\n").toSorted();
    assertEquals(lines, [
      "Cannot import scripts/c.ts in src/protocol/deep/b.ts: " +
      "expected only src/address.ts, src/limits.ts",
      "Cannot import src/protocol/deep/b.ts in src/cli.ts: expected only @std/cli/parse-args",
    ]);
    assertEquals(code, 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
