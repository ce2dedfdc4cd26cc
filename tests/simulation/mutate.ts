/**
 * Makes a mutant: a copy of the rendezvous with one change, imported beside the original.
 *
 * @module
 */

import type { Mutant } from "./mutants/mutant.ts";
import type { Rendezvous } from "./simulated_server.ts";

const SOURCE = new URL("../../src/", import.meta.url);
/** What the rendezvous imports, and itself. */
const COPIED = ["address.ts", "limits.ts", "visible_text.ts", "protocol/", "rendezvous/"];

/** Makes a mutant's classes; see {@linkcode copyMutated}. */
export async function mutate(mutant: Mutant, directory: string): Promise<Rendezvous> {
  const rendezvous = await copyMutated(mutant, directory);
  const { LeaseManager } = await import(new URL("lease_manager.ts", rendezvous).href);
  const { Service } = await import(new URL("service.ts", rendezvous).href);
  return { LeaseManager, Service };
}

/**
 * Copies what the rendezvous is made of, with one change.
 *
 * @param directory an empty directory for the copy
 * @returns where the copy of `src/rendezvous/` is
 * @throws {Error} when the text that the mutant changes does not stand in its file exactly once
 */
export async function copyMutated(mutant: Mutant, directory: string): Promise<URL> {
  const target = new URL(`file://${directory}/`);
  for (const path of COPIED) await copy(new URL(path, SOURCE), new URL(path, target));
  const file = new URL(`rendezvous/${mutant.file}`, target);
  const source = await Deno.readTextFile(file);
  const times = source.split(mutant.text).length - 1;
  if (times !== 1) {
    throw new Error(
      `Cannot make the mutant "${mutant.name}": expected its text once in ${mutant.file}, ` +
        `received it ${times} times`,
    );
  }
  await Deno.writeTextFile(file, source.replace(mutant.text, () => mutant.replacement));
  return new URL("rendezvous/", target);
}

async function copy(from: URL, to: URL): Promise<void> {
  if (!from.href.endsWith("/")) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(name, from), new URL(name, to));
  }
}
