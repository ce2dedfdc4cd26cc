/** Tests of what modules and the package export. */

import { assert, assertEquals } from "@std/assert";
import { covers } from "../../scripts/lint_plugin.ts";
import config from "../../deno.json" with { type: "json" };
import { modulesBelow, sourceFiles } from "../support/source_files.ts";

const DECLARATION =
  /^export (?:abstract |async )?(?:class|const|function|interface|let|type)\*? ([$\w]+)/gm;
const IMPORTED = /\bfrom "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/g;

/** Which modules declare each exported name. */
function declarations(): Map<string, string[]> {
  const modulesOf = new Map<string, string[]>();
  for (const [path, source] of sourceFiles()) {
    for (const [, name] of source.matchAll(DECLARATION)) {
      modulesOf.set(name, [...modulesOf.get(name) ?? [], path]);
    }
  }
  return modulesOf;
}

Deno.test("one word has one meaning: no two modules export the same name", () => {
  const modulesOf = declarations();
  assert(modulesOf.size > 300, `${modulesOf.size} names`);
  assertEquals([...modulesOf].filter(([, modules]) => modules.length > 1), []);
});

Deno.test("the package holds what its library imports, and no module of the server", () => {
  const sources = sourceFiles();
  const needed = new Set(Object.values(config.exports).map((path) => path.replace("./", "")));
  for (const path of needed) {
    for (const [, from, dynamic] of sources.get(path)!.matchAll(IMPORTED)) {
      const { pathname } = new URL(from ?? dynamic, `http://root/${path}`);
      needed.add(pathname.slice(1));
    }
  }
  const published = modulesBelow("src/")
    .filter((path) => config.publish.include.some((place) => covers(place, path)));
  // Rooms are published whole: what of protocol/ and async/ only the server uses comes along.
  const room = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
  const neededRooms = new Set([...needed].map(room));
  assertEquals([...needed].filter((path) => !published.includes(path)), []);
  assertEquals(published.filter((path) => room(path) === "src/" && !needed.has(path)), []);
  assertEquals(published.filter((path) => !neededRooms.has(room(path))), []);
});
