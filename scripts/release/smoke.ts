/**
 * Proves that the executable in an archive works on this machine: it is unpacked, serves, and is
 * introduced to itself by its own `check`.
 *
 * @module
 */

import type { ReleaseTarget } from "./targets.ts";
import { archiveFolder } from "./archive.ts";
import { run, Stage } from "./stage.ts";

/** A port that nothing else has on a machine that was just started. */
const PORT = 16_969;

/**
 * Fails unless the archive's executable serves.
 *
 * @param folder absolute, where the archive is
 * @throws {Error} that says what did not work
 */
export async function smokeTest(
  { name, archive, file }: Pick<ReleaseTarget, "name" | "archive" | "file">,
  version: string,
  folder: string,
  port: number = PORT,
): Promise<void> {
  await using stage = await Stage.make();
  const top = archiveFolder(name, version);
  await run(tar(), ["-xf", `${folder}/${top}.${archive}`], { cwd: stage.path });
  const executable = `${stage.path}/${top}/${file}`;
  const stop = new AbortController();
  const server = new Deno.Command(executable, {
    signal: stop.signal,
    args: ["-host=127.0.0.1", `-port=${port}`],
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  try {
    // Its first line says that it listens.
    const { value } = await reader.read();
    if (value === undefined) throw new Error(`Cannot start ${executable}: it ended at once`);
    await run(executable, ["check", `-server=127.0.0.1:${port}`]);
  } finally {
    await reader.cancel();
    stop.abort();
    await server.status;
  }
}

/** One that unpacks what the archives of its system are: that of Windows knows `.zip`, GNU's does not. */
function tar(): string {
  if (Deno.build.os !== "windows") return "tar";
  return `${Deno.env.get("SystemRoot")}\\System32\\tar.exe`;
}
