import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { readFile } from "../../../scripts/release/documents.ts";
import { makeNpmPackage } from "../../../scripts/release/npm.ts";
import { run } from "../../../scripts/release/stage.ts";
import { hasProgram, needs } from "../../support/needs.ts";

const PARTS = { version: "1.2.3", date: "2026-11-24", repository: "https://example.org/a/b" };
/** Deno 2.8 makes the package depend on a shim. */
const withPack = needs(
  Deno.build.os === "linux" && hasProgram("tar") && !Deno.version.deno.startsWith("2.8."),
  "GNU tar, and the `pack` of Deno 2.9",
);

/** Not what examples in comments import, which have a star before them. */
const IMPORTED = /(?:^|\*\/ )(?:import|export)\b[^"*;]*?\bfrom "([^"]+)";/gm;

/** Makes the package twice, and unpacks it. */
async function inPackage(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "npm " });
  try {
    const file = `${folder}/${await makeNpmPackage(PARTS, folder)}`;
    const first = await Deno.readFile(file);
    await makeNpmPackage(PARTS, folder);
    assertEquals(await Deno.readFile(file), first);
    await run("tar", ["-xzf", file, "-C", folder]);
    await test(`${folder}/package`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesBelow(root: string, folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory) files.push(...await filesBelow(root, `${folder}${name}/`));
    else files.push(folder + name);
  }
  return files.toSorted();
}

Deno.test(
  "the package for npm is the library alone, and the same each time",
  withPack,
  async () => {
    await inPackage(async (folder) => {
      const files = await filesBelow(folder);
      const others = files.filter((path) => !/^src\/.*\.(?:js|d\.ts)$/.test(path));
      assertEquals(others, ["LICENSE", "README.md", "package.json"]);
      const rooms = new Set(files.map((path) => path.split("/")[1]?.replace(/\..*/, "")));
      for (const room of ["rendezvous", "server", "net", "http", "commands", "cli", "limits"]) {
        assert(!rooms.has(room), room);
      }
      for (const path of files.filter((path) => path.endsWith("s"))) {
        const text = await Deno.readTextFile(`${folder}/${path}`);
        for (const [, from] of text.matchAll(IMPORTED)) {
          assert(/^(?:\.\.?\/.*\.js|node:.*)$/.test(from), `${path} imports ${from}`);
        }
      }
    });
  },
);

Deno.test("package.json says what npm and its users need", withPack, async () => {
  await inPackage(async (folder) => {
    const { description, keywords, engines, ...others } = JSON.parse(
      await Deno.readTextFile(`${folder}/package.json`),
    );
    assert(description.length > 20 && keywords.length > 2);
    const [, lowestNode] = /^lowest_node=(\d+)/m.exec(readFile(".ci/run")) ?? [];
    assertEquals(engines.node, `>=${lowestNode}`);
    assertStringIncludes(readFile("README.md"), `Node.js ${lowestNode} and later`);
    assertEquals(others, {
      name: config.name,
      version: "1.2.3",
      license: config.license,
      repository: { type: "git", url: "git+https://example.org/a/b.git" },
      type: "module",
      sideEffects: false,
      exports: { "./peer": { types: "./src/peer/mod.d.ts", default: "./src/peer/mod.js" } },
    });
    const { exports } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
    for (const path of Object.values<string>(exports["./peer"])) {
      await Deno.stat(`${folder}/${path}`);
    }
  });
});
