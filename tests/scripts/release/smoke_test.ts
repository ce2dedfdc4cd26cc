import { assertRejects } from "@std/assert";
import { archiveFolder } from "../../../scripts/release/archive.ts";
import { smokeTest } from "../../../scripts/release/smoke.ts";
import { freePort, runToEnd } from "../../support/child_process.ts";
import { needs } from "../../support/needs.ts";

const EXECUTABLE = Deno.env.get("CONTAINMENT_BREACH_EXECUTABLE") ?? "";
const isLinux = Deno.build.os === "linux";
const onLinux = needs(isLinux, "Linux");
const withExecutable = needs(
  EXECUTABLE !== "" && isLinux,
  "Linux, and an executable named by CONTAINMENT_BREACH_EXECUTABLE",
);

/** Tests an archive in which `place` puts something in the place of the executable. */
async function smokeTestOf(place: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "smoke " });
  const top = archiveFolder("linux-x64", "1.2.3");
  try {
    await Deno.mkdir(`${folder}/${top}`);
    await place(`${folder}/${top}/program`);
    // Uncompressed: tar looks for itself.
    await runToEnd(["tar", "-cf", `${top}.tar.gz`, top], { cwd: folder });
    const target = { name: "linux-x64", archive: "tar.gz", file: "program" } as const;
    await smokeTest(target, "1.2.3", folder, freePort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function script(text: string): (path: string) => Promise<void> {
  return (path) => Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

Deno.test("an executable that serves passes the smoke test", withExecutable, async () => {
  await smokeTestOf((path) => Deno.copyFile(EXECUTABLE, path));
});

Deno.test("one that ends, or that fails its check, does not", onLinux, async () => {
  await assertRejects(() => smokeTestOf(script("exit 1")), Error, "it ended at once");
  const failing = script('[ "$1" != check ] || exit 1; echo listens; exec sleep 10');
  await assertRejects(() => smokeTestOf(failing), Error, "expected exit code 0, received 1");
});
