/**
 * Makes a mutant: a copy of a pure room with one change, imported beside the original.
 *
 * @module
 */

import type { Mutant } from "./mutants/mutant.ts";
import type { Rendezvous } from "./simulated_server.ts";

const SOURCE = new URL("../../src/", import.meta.url);

/** A pure room, with what it imports. */
export interface Room {
  /** The folder below `src/` in which the mutants' files are. */
  readonly folder: string;
  /** Files and folders below `src/` that are needed, that one included. */
  readonly copied: readonly string[];
}

const RENDEZVOUS: Room = {
  folder: "rendezvous/",
  copied: ["address.ts", "limits.ts", "visible_text.ts", "async/", "protocol/", "rendezvous/"],
};

/** Makes a mutant's classes; see {@linkcode copyMutated}. */
export async function mutate(mutant: Mutant, directory: string): Promise<Rendezvous> {
  const rendezvous = await copyMutated(mutant, directory);
  const { LeaseManager } = await import(new URL("lease_manager.ts", rendezvous).href);
  const { Service } = await import(new URL("service.ts", rendezvous).href);
  return { LeaseManager, Service };
}

/**
 * Copies what a room is made of, with one change.
 *
 * @param directory an empty directory for the copy
 * @param room the rendezvous if left out
 * @returns where the copy of its folder is
 * @throws {Error} when the text that the mutant changes does not stand in its file exactly once
 */
export async function copyMutated(
  mutant: Mutant,
  directory: string,
  room: Room = RENDEZVOUS,
): Promise<URL> {
  const target = new URL(`file://${directory}/`);
  for (const path of room.copied) await copy(new URL(path, SOURCE), new URL(path, target));
  const file = new URL(room.folder + mutant.file, target);
  const source = await Deno.readTextFile(file);
  const times = source.split(mutant.text).length - 1;
  if (times !== 1) {
    throw new Error(
      `Cannot make the mutant "${mutant.name}": expected its text once in ${mutant.file}, ` +
        `received it ${times} times`,
    );
  }
  await Deno.writeTextFile(file, source.replace(mutant.text, () => mutant.replacement));
  return new URL(room.folder, target);
}

async function copy(from: URL, to: URL): Promise<void> {
  if (!from.href.endsWith("/")) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(name, from), new URL(name, to));
  }
}
