/**
 * Puts the Linux executable where programs are found, or removes it from there:
 *
 *     deno task install
 *     deno task uninstall
 *
 * The folder is `$DESTDIR$PREFIX/bin`. `PREFIX` is `/usr/local` unless the environment says
 * otherwise; `DESTDIR` is for packagers, who install into a folder of their own first.
 *
 * @module
 */

import { PROGRAM } from "../src/version.ts";

const EXECUTABLE = `${import.meta.dirname}/../dist/${PROGRAM}`;
/** The only system that the executable runs on. */
const SYSTEM = "x86_64-unknown-linux-gnu";

async function install(folder: string): Promise<void> {
  if (Deno.build.target !== SYSTEM) {
    throw new Error(`Cannot install: expected ${SYSTEM}, received ${Deno.build.target}`);
  }
  const path = `${folder}/${PROGRAM}`;
  const partial = `${path}.partial`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(EXECUTABLE, partial);
  await Deno.chmod(partial, 0o755);
  // An executable that runs can be replaced, but not written.
  await Deno.rename(partial, path);
  console.log(`Installed ${path}`);
}

async function uninstall(folder: string): Promise<void> {
  const path = `${folder}/${PROGRAM}`;
  try {
    await Deno.remove(path);
    console.log(`Removed ${path}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`Nothing to remove: no ${path}`);
  }
}

async function main(command: string | undefined): Promise<void> {
  const prefix = Deno.env.get("PREFIX") || "/usr/local";
  const folder = `${Deno.env.get("DESTDIR") ?? ""}${prefix}/bin`;
  if (command === "install") await install(folder);
  else if (command === "uninstall") await uninstall(folder);
  else throw new Error(`Cannot run this: expected install or uninstall, received ${command}`);
}

try {
  await main(Deno.args[0]);
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}
