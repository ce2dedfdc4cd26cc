/**
 * Archives of a release: the executable, its manual and what its license asks for.
 *
 * @module
 */

import { PROGRAM } from "../../src/version.ts";
import type { Documents } from "./documents.ts";
import { run, Stage } from "./stage.ts";
import type { ReleaseTarget } from "./targets.ts";

/** What an archive is made of. */
export interface ArchiveParts {
  readonly target: Pick<ReleaseTarget, "name" | "archive" | "file">;
  readonly executable: string;
  readonly documents: Documents;
  readonly version: string;
  /** Day of the release, which everything in the archive has for its time. */
  readonly date: string;
}

/** Name of an archive without its ending, and of the one folder in it. */
export function archiveFolder(name: string, version: string): string {
  return `${PROGRAM}-${version}-${name}`;
}

/**
 * Makes an archive in a folder; the same parts make the same bytes.
 *
 * @param folder absolute
 * @returns the name of the file
 */
export async function makeArchive(parts: ArchiveParts, folder: string): Promise<string> {
  const { target, executable, documents, version, date } = parts;
  const top = archiveFolder(target.name, version);
  const file = `${top}.${target.archive}`;
  await using stage = await Stage.make();
  await stage.copyExecutable(executable, `${top}/${target.file}`);
  for (const [path, text] of documents) await stage.write(`${top}/${path}`, text);
  const output = `${folder}/${file}`;
  await Deno.remove(output).catch(() => {});
  if (target.archive === "zip") {
    await stage.date(date);
    const files = [target.file, ...documents.keys()].toSorted().map((path) => `${top}/${path}`);
    await run("zip", ["-q", "-X", "-D", output, ...files], {
      cwd: stage.path,
      env: { TZ: "UTC" },
    });
  } else await stage.archive([top], output, date);
  return file;
}
