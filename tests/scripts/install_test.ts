import { assertEquals, assertStringIncludes } from "@std/assert";
import { runToEnd } from "../support/child_process.ts";
import { needs } from "../support/needs.ts";

const PROGRAM = "containment_breach";
const onItsSystem = needs(
  Deno.build.target === "x86_64-unknown-linux-gnu",
  "the system that the executable is for",
);

/** A copy of what installing needs, with a script as the executable. */
class Tree {
  readonly root = Deno.makeTempDirSync({ prefix: "install " });

  constructor() {
    for (const folder of ["src", "scripts", "dist"]) Deno.mkdirSync(`${this.root}/${folder}`);
    for (const path of ["deno.json", "deno.lock", "src/version.ts", "scripts/install.ts"]) {
      Deno.copyFileSync(new URL(`../../${path}`, import.meta.url), `${this.root}/${path}`);
    }
    this.build("first");
  }

  build(content: string): void {
    Deno.writeTextFileSync(`${this.root}/dist/${PROGRAM}`, content, { mode: 0o600 });
  }

  async run(command: string, env: Record<string, string>) {
    return await runToEnd([Deno.execPath(), "task", "--quiet", command], { cwd: this.root, env });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

Deno.test(
  "install honours DESTDIR and PREFIX, replaces, and uninstall removes",
  onItsSystem,
  async () => {
    using tree = new Tree();
    const env = { DESTDIR: `${tree.root}/a package`, PREFIX: "/opt/tools" };
    const path = `${tree.root}/a package/opt/tools/bin/${PROGRAM}`;
    const installed = { code: 0, stdout: `Installed ${path}\n`, stderr: "" };
    assertEquals(await tree.run("install", env), installed);
    assertEquals(Deno.readTextFileSync(path), "first");
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o755);
    tree.build("second");
    assertEquals(await tree.run("install", env), installed);
    assertEquals(Deno.readTextFileSync(path), "second");
    const folder = `${tree.root}/a package/opt/tools/bin`;
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), [PROGRAM]);
    assertEquals((await tree.run("uninstall", env)).stdout, `Removed ${path}\n`);
    assertEquals([...Deno.readDirSync(folder)], []);
    const again = await tree.run("uninstall", env);
    assertEquals([again.code, again.stdout], [0, `Nothing to remove: no ${path}\n`]);
  },
);

Deno.test("without PREFIX the place is /usr/local", onItsSystem, async () => {
  using tree = new Tree();
  const { code, stdout } = await tree.run("install", { DESTDIR: tree.root, PREFIX: "" });
  assertEquals([code, stdout], [0, `Installed ${tree.root}/usr/local/bin/${PROGRAM}\n`]);
});

Deno.test("an install without an executable fails in one line", onItsSystem, async () => {
  using tree = new Tree();
  Deno.removeSync(`${tree.root}/dist`, { recursive: true });
  const { code, stdout, stderr } = await tree.run("install", { DESTDIR: tree.root });
  assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2]);
  assertStringIncludes(stderr, `dist/${PROGRAM}`);
});
