/**
 * Tests of the Debian package: by lintian, and in a Debian of its own, which
 * CONTAINMENT_BREACH_DEBIAN_ROOT names (made by `debootstrap --variant=minbase`) and which is
 * afterwards as it was.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { introduce } from "../../../src/peer/mod.ts";
import { parseChangelog } from "../../../scripts/release/changelog.ts";
import { makeDeb, PACKAGE } from "../../../scripts/release/deb.ts";
import { documents, readFile } from "../../../scripts/release/documents.ts";
import { VERSION } from "../../../src/version.ts";
import { freePort, runToEnd } from "../../support/child_process.ts";
import { ChildServer } from "../../support/child_server.ts";
import { hasProgram, needs } from "../../support/needs.ts";

const EXECUTABLE = Deno.env.get("CONTAINMENT_BREACH_EXECUTABLE") ?? "";
const DEBIAN = Deno.env.get("CONTAINMENT_BREACH_DEBIAN_ROOT") ?? "";
const CAN_BUILD = EXECUTABLE !== "" && hasProgram("dpkg-deb");
const withLintian = needs(
  CAN_BUILD && hasProgram("lintian"),
  "lintian, and an executable named by CONTAINMENT_BREACH_EXECUTABLE",
);
const withDebian = needs(
  CAN_BUILD && DEBIAN !== "" && Deno.uid() === 0,
  "root, an executable, and a Debian named by CONTAINMENT_BREACH_DEBIAN_ROOT",
);

/** It reads all of the executable several times. */
const LINTIAN_DEADLINE_MS = 120_000;

const OLD_VERSION = "0.9.0";
const UNIT = `usr/lib/systemd/system/${PACKAGE}.service`;
const DEFAULTS = `etc/default/${PACKAGE}`;
const ENABLED = `etc/systemd/system/multi-user.target.wants/${PACKAGE}.service`;

/** What dpkg and its logs change for good. */
const DPKG_STATE = /^(?:var\/lib\/dpkg|var\/log|var\/cache)\//;

/** Makes a package of a version; it is as large as fast compression leaves it. */
async function build(version: string, folder: string): Promise<string> {
  const sections = parseChangelog(readFile("CHANGELOG.md"));
  const file = await makeDeb({
    architecture: "amd64",
    executable: EXECUTABLE,
    documents: documents(sections[0].date),
    sections: [{ ...sections[0], version }],
    maintainer: "Containment Breach contributors <containment-breach@users.noreply.github.com>",
    compression: ["-Zgzip", "-z1"],
  }, folder);
  assertEquals(file, `${PACKAGE}_${version}_amd64.deb`);
  return file;
}

/** Runs a command in the Debian, and returns what it printed. */
async function inDebian(...command: readonly string[]): Promise<string> {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const { code, stdout, stderr } = await runToEnd(["chroot", DEBIAN, ...command], { env });
  assertEquals(code, 0, `${command.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(`${DEBIAN}/${path}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Paths of everything in the Debian. */
function paths(folder = ""): string[] {
  return Array.from(Deno.readDirSync(`${DEBIAN}/${folder}`)).flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    return DPKG_STATE.test(`${path}/`) ? [] : [path, ...isDirectory ? paths(`${path}/`) : []];
  });
}

/** The service as systemd would start it: there is none in a chroot. */
async function startService(port: number): Promise<ChildServer> {
  const unit = Deno.readTextFileSync(`${DEBIAN}/${UNIT}`);
  const setting = (name: string) => new RegExp(`^${name}=-?(.*)$`, "m").exec(unit)?.[1];
  const script = `. ${setting("EnvironmentFile")}; exec ${setting("ExecStart")}`;
  // The mount is gone with the process.
  const enter =
    'mount -t proc proc "$0/proc" && exec chroot --userspec=65534:65534 "$0" sh -c "$1"';
  const program = ["unshare", "--mount", "sh", "-c", enter, DEBIAN, script];
  return await ChildServer.start([], { program, port, portFlags: [], host: "all" });
}

async function assertServes(server: ChildServer): Promise<void> {
  const { endpoint: { address, port } } = server;
  const peer = (localPeerPort: bigint, remote: string) =>
    introduce({ mode: "connect", server: `${address}:${port}`, localPeerPort, remote });
  const met = await Promise.all([peer(1n, "127.0.0.1/2"), peer(2n, "127.0.0.1/1")]);
  for (const { socket } of met) socket.close();
  server.signal("SIGTERM");
  assertEquals((await server.ended()).code, 0);
}

Deno.test("lintian finds nothing to say about the package", withLintian, async () => {
  const folder = await Deno.makeTempDir({ prefix: "deb" });
  try {
    const file = await build(VERSION, folder);
    const { code, stdout } = await runToEnd(["lintian", "--fail-on=error,warning", file], {
      cwd: folder,
      deadlineMs: LINTIAN_DEADLINE_MS,
    });
    assertEquals([code, stdout], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(
  "the package is installed, serves, is upgraded, removed and purged",
  withDebian,
  async (t) => {
    const before = paths();
    const folder = await Deno.makeTempDir({ prefix: "deb", dir: `${DEBIAN}/tmp` });
    const inside = folder.slice(DEBIAN.length);
    const old = `${inside}/${await build(OLD_VERSION, folder)}`;
    const current = `${inside}/${await build(VERSION, folder)}`;
    const port = freePort();
    const flags = `CONTAINMENT_BREACH_FLAGS="-port=${port} -host=127.0.0.1"\n`;

    await t.step("an install enables the service and brings its manual", async () => {
      await inDebian("dpkg", "--install", old);
      // Debian's /lib is /usr/lib.
      assertStringIncludes(`/${UNIT}`, Deno.readLinkSync(`${DEBIAN}/${ENABLED}`));
      for (
        const path of [
          `usr/share/man/man1/containment_breach.1.gz`,
          "usr/share/bash-completion/completions/containment_breach",
          "usr/share/zsh/vendor-completions/_containment_breach",
          `usr/share/doc/${PACKAGE}/copyright`,
          `usr/share/doc/${PACKAGE}/changelog.gz`,
        ]
      ) assert(exists(path), path);
    });

    await t.step(
      "the service starts with the administrator's flags and introduces peers",
      async () => {
        Deno.writeTextFileSync(`${DEBIAN}/${DEFAULTS}`, flags);
        await using server = await startService(port);
        await assertServes(server);
      },
    );

    await t.step("an upgrade keeps the flags, and serves", async () => {
      await inDebian("dpkg", "--install", current);
      const status = await inDebian("dpkg", "--status", PACKAGE);
      assertStringIncludes(status, `Version: ${VERSION}\n`);
      assertEquals(Deno.readTextFileSync(`${DEBIAN}/${DEFAULTS}`), flags);
      assert(exists(ENABLED));
      await using server = await startService(port);
      await assertServes(server);
    });

    await t.step("an upgrade leaves a disabled service disabled", async () => {
      Deno.removeSync(`${DEBIAN}/${ENABLED}`);
      await inDebian("dpkg", "--install", current);
      assert(!exists(ENABLED));
    });

    await t.step("removing leaves the configuration", async () => {
      await inDebian("dpkg", "--remove", PACKAGE);
      assert(!exists("usr/bin/containment_breach"));
      assert(!exists(UNIT));
      assertEquals(Deno.readTextFileSync(`${DEBIAN}/${DEFAULTS}`), flags);
    });

    await t.step("purging leaves nothing", async () => {
      await inDebian("dpkg", "--purge", PACKAGE);
      await Deno.remove(folder, { recursive: true });
      const known = new Set(before);
      assertEquals(paths().filter((path) => !known.has(path)), []);
      assertEquals(paths().length, before.length);
    });
  },
);
