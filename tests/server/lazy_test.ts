import { assert, assertEquals } from "@std/assert";
import { runToEnd } from "../support/child_process.ts";
import { ROOT } from "../support/source_files.ts";

/** What `deno info --json` says, as far as it is read here. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      /** Missing where only types are imported. */
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** All that runs before a program does anything: what it imports, and not what it may import later. */
async function modulesOf(path: string): Promise<Set<string>> {
  const { code, stdout } = await runToEnd([Deno.execPath(), "info", "--json", path]);
  assertEquals(code, 0);
  const { modules }: ModuleGraph = JSON.parse(stdout);
  const bySpecifier = new Map(modules.map((each) => [each.specifier, each]));
  const found = new Set([new URL(path, ROOT).href]);
  for (const specifier of found) {
    for (const { code, isDynamic = false } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) found.add(code.specifier);
    }
  }
  return found;
}

function isOfHttp(specifier: string): boolean {
  return specifier.startsWith(`${ROOT.href}src/http/`) || specifier.includes("prom-client");
}

Deno.test("what shows the server by HTTP does not run with the program", async () => {
  const program = await modulesOf("main.ts");
  assert(program.has(`${ROOT.href}src/server/server.ts`));
  assertEquals([...program].filter(isOfHttp), []);
  // The question can be answered: where it is imported, it is seen.
  assert([...await modulesOf("src/http/watch.ts")].filter(isOfHttp).length > 10);
});
