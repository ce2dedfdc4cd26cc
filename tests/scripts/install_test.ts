import { assertEquals, assertStringIncludes } from "@std/assert";
import { programPath, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { ROOT } from "../support/source_files.ts";

const PROGRAM = "containment_breach";
/** All that installing may need, beside a shell; neither Deno nor Node.js. */
const PROGRAMS = ["sh", "find", "cat", "install", "mv", "rm"];
const withMake = needs(
  Deno.build.os === "linux" && hasProgram("make") && hasProgram("install"),
  "Linux, make and install",
);

/** The Makefile beside a script as the executable. */
class Tree {
  readonly root = Deno.makeTempDirSync({ prefix: "install " });
  readonly executable = `${this.root}/dist/${PROGRAM}`;
  readonly #path = `${this.root}/path`;

  constructor() {
    for (const folder of ["src", "scripts", "dist", "path"]) {
      Deno.mkdirSync(`${this.root}/${folder}`);
    }
    for (const path of ["Makefile", "main.ts", "deno.json", "deno.lock", "scripts/compile.ts"]) {
      Deno.copyFileSync(new URL(path, ROOT), `${this.root}/${path}`);
    }
    for (const program of PROGRAMS) {
      Deno.symlinkSync(programPath(program), `${this.#path}/${program}`);
    }
    this.build("first");
  }

  build(content: string): void {
    Deno.writeTextFileSync(this.executable, content, { mode: 0o600 });
  }

  async make(target: string, ...settings: string[]) {
    return await runToEnd([programPath("make"), "--silent", target, ...settings], {
      cwd: this.root,
      env: { PATH: this.#path },
    });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

const DONE = { code: 0, stdout: "", stderr: "" };

Deno.test(
  "install honours DESTDIR and PREFIX, replaces, and uninstall removes",
  withMake,
  async () => {
    using tree = new Tree();
    const settings = [`DESTDIR=${tree.root}/a package`, "PREFIX=/opt/tools"];
    const folder = `${tree.root}/a package/opt/tools/bin`;
    const path = `${folder}/${PROGRAM}`;
    assertEquals(await tree.make("install", ...settings), DONE);
    assertEquals(Deno.readTextFileSync(path), "first");
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o755);
    tree.build("second");
    assertEquals(await tree.make("install", ...settings), DONE);
    assertEquals(Deno.readTextFileSync(path), "second");
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), [PROGRAM]);
    for (const _ of ["removes", "has nothing to remove"]) {
      assertEquals(await tree.make("uninstall", ...settings), DONE);
      assertEquals([...Deno.readDirSync(folder)], []);
    }
  },
);

Deno.test("without PREFIX the place is /usr/local", withMake, async () => {
  using tree = new Tree();
  assertEquals(await tree.make("install", `DESTDIR=${tree.root}`), DONE);
  assertEquals(Deno.readTextFileSync(`${tree.root}/usr/local/bin/${PROGRAM}`), "first");
});

Deno.test("what is built is installed without a runtime, however old it is", withMake, async () => {
  using tree = new Tree();
  Deno.utimeSync(tree.executable, 0, 0);
  assertEquals(await tree.make("install", `DESTDIR=${tree.root}`), DONE);
});

Deno.test("what is not built is built first", withMake, async () => {
  using tree = new Tree();
  Deno.removeSync(tree.executable);
  const { code, stderr } = await tree.make("install", `DESTDIR=${tree.root}`, "DENO=the_deno");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "the_deno");
});
