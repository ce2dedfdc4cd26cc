import { assertEquals } from "@std/assert";
import { makeArchive } from "../../../scripts/release/archive.ts";
import { documents } from "../../../scripts/release/documents.ts";
import { RELEASE_TARGETS } from "../../../scripts/release/targets.ts";
import { runToEnd } from "../../support/child_process.ts";
import { hasProgram, needs } from "../../support/needs.ts";

const DATE = "2026-11-24";
const DOCUMENTS = documents(DATE);
const TOOLS = { "tar.gz": "tar", zip: "zip" } as const;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "archive " });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An archive whose executable is a few words, made by somebody with an umask of their own. */
async function make(folder: string, name: string): Promise<Uint8Array> {
  const target = RELEASE_TARGETS.find((target) => target.name === name);
  if (target === undefined) throw new Error(`Cannot find a target: expected ${name}`);
  const executable = `${folder}/executable`;
  await Deno.writeTextFile(executable, "an executable");
  const parts = { target, executable, documents: DOCUMENTS, version: "1.2.3", date: DATE };
  const file = await makeArchive(parts, folder);
  assertEquals(file, `containment_breach-1.2.3-${name}.${target.archive}`);
  return await Deno.readFile(`${folder}/${file}`);
}

/** Paths in an archive, folders left out. */
async function listing(command: readonly string[]): Promise<string[]> {
  const { code, stdout } = await runToEnd(command);
  assertEquals(code, 0);
  return stdout.split("\n").filter((path) => path !== "" && !path.endsWith("/")).toSorted();
}

Deno.test("a release is for Linux, Windows and macOS, and Debian for both processors", () => {
  assertEquals(RELEASE_TARGETS.map(({ name, triple, archive }) => [name, triple, archive]), [
    ["linux-x64", "x86_64-unknown-linux-gnu", "tar.gz"],
    ["linux-arm64", "aarch64-unknown-linux-gnu", "tar.gz"],
    ["windows-x64", "x86_64-pc-windows-msvc", "zip"],
    ["macos-x64", "x86_64-apple-darwin", "tar.gz"],
    ["macos-arm64", "aarch64-apple-darwin", "tar.gz"],
  ]);
  const debian = RELEASE_TARGETS.map(({ debian }) => debian).filter((name) => name !== undefined);
  assertEquals(debian, ["amd64", "arm64"]);
});

for (const name of ["linux-x64", "windows-x64"]) {
  const { archive, file } = RELEASE_TARGETS.find((target) => target.name === name) ??
    RELEASE_TARGETS[0];
  const isGnu = Deno.build.os === "linux";
  const withTool = needs(isGnu && hasProgram(TOOLS[archive]), `GNU tools and ${TOOLS[archive]}`);

  Deno.test(`the archive of ${name} has the executable and its documents`, withTool, async () => {
    await inFolder(async (folder) => {
      await make(folder, name);
      const path = `${folder}/containment_breach-1.2.3-${name}.${archive}`;
      const paths = await listing(
        archive === "zip" ? ["unzip", "-Z1", path] : ["tar", "tzf", path],
      );
      assertEquals(
        paths,
        [
          file,
          "CHANGELOG.md",
          "LICENSE",
          "README.md",
          "completions/_containment_breach",
          "completions/containment_breach.bash",
          "completions/containment_breach.ps1",
          "containment_breach.1",
          "docs/ARCHITECTURE.md",
          "docs/OPERATIONS.md",
          "docs/PROTOCOL.md",
        ].map((path) => `containment_breach-1.2.3-${name}/${path}`).toSorted(),
      );
    });
  });

  Deno.test(`the same parts make the same archive of ${name}`, withTool, async () => {
    await inFolder(async (folder) => {
      const first = await make(folder, name);
      await inFolder(async (other) => assertEquals(await make(other, name), first));
    });
  });
}

const withTar = needs(Deno.build.os === "linux" && hasProgram("tar"), "GNU tar");

Deno.test("everybody may read the archive, and run its executable", withTar, async () => {
  await inFolder(async (folder) => {
    await make(folder, "linux-x64");
    const path = `${folder}/containment_breach-1.2.3-linux-x64.tar.gz`;
    const { stdout } = await runToEnd(["tar", "tvzf", path]);
    const modes = stdout.trimEnd().split("\n").map((line) => {
      const [mode, owner] = line.split(/ +/);
      return `${line.endsWith("/containment_breach") ? "executable" : mode[0]} ${mode} ${owner}`;
    });
    assertEquals(
      new Set(modes),
      new Set([
        "d drwxr-xr-x 0/0",
        "- -rw-r--r-- 0/0",
        "executable -rwxr-xr-x 0/0",
      ]),
    );
  });
});
