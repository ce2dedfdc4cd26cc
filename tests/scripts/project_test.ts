/** Tests that the files beside the code agree with each other. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programPath, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import config from "../../deno.json" with { type: "json" };
import { LOWEST_DENO } from "../../src/version.ts";
import { ROOT } from "../support/source_files.ts";

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

const DENO_VERSION = read(".deno-version").trim();

Deno.test("README names the Deno of .deno-version, and no other", () => {
  assertMatch(DENO_VERSION, /^\d+\.\d+\.\d+$/);
  const named = read("README.md").matchAll(/\bdeno(?:@|-version: )(\d[\w.-]*)/g);
  assertEquals([...new Set(Array.from(named, ([, version]) => version))], [DENO_VERSION]);
});

Deno.test("README names the lowest Deno of the program and of the tests, which .ci/run tries", () => {
  const ofTests = /^lowest_deno_for_tests=(.*)$/m.exec(read(".ci/run"))?.[1];
  assertStringIncludes(read(".ci/run"), `\nlowest_deno=${LOWEST_DENO}\n`);
  assertStringIncludes(
    read("README.md").replace(/\s+/g, " "),
    `Deno ${LOWEST_DENO} is the lowest that runs the program, and ${ofTests} the lowest for its tests`,
  );
});

for (const path of ["Makefile", ".ci/run"]) {
  Deno.test(`${path} takes the Deno version from .deno-version`, () => {
    const text = read(path);
    assertStringIncludes(text, ".deno-version");
    assertEquals(text.match(/\bdeno@\d/), null);
  });
}

Deno.test("Makefile and .ci/run call tasks that exist", () => {
  const called = ["Makefile", ".ci/run"].flatMap((path) =>
    Array.from(
      read(path).matchAll(/(?:\$\(DENO\)|\bdeno|\$deno_version") task (\w+)/g),
      ([, task]) => task,
    )
  );
  const unknown = called.filter((task) => !Object.hasOwn(config.tasks, task));
  assertEquals(unknown, []);
  const needed = ["check", "compile", "coverage", "test"];
  assertEquals([...new Set(called)].toSorted(), needed);
});

Deno.test("the gate is check and test, which .ci/run runs one by one", () => {
  assertEquals(config.tasks.ok.command, "deno task check && deno task test");
});

Deno.test("every task that runs a script names one that exists", () => {
  for (const { command } of Object.values(config.tasks)) {
    for (const [path] of command.matchAll(/\b(?:\w+\/)*\w+\.ts\b/g)) read(path);
  }
});

const withMake = needs(hasProgram("make"), "make");

Deno.test("the Makefile uses the deno of the PATH, else npx", withMake, async () => {
  const folder = await Deno.makeTempDir({ prefix: "make " });
  try {
    const recipe = async (path: string) => {
      const { stdout } = await runToEnd(["make", "--dry-run", "test"], { env: { PATH: path } });
      return stdout;
    };
    for (const program of ["sh", "cat", "find", "make"]) {
      await Deno.symlink(programPath(program), `${folder}/${program}`);
    }
    assertEquals(await recipe(folder), `npx -y deno@${DENO_VERSION} task test\n`);
    await Deno.symlink(Deno.execPath(), `${folder}/deno`);
    assertEquals(await recipe(folder), "deno task test\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
