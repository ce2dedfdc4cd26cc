/**
 * The modules of this repository, for tests about them.
 *
 * @module
 */

/** The repository, with a slash at the end. */
export const ROOT = new URL("../../", import.meta.url);

/** Texts of `main.ts` and every TypeScript module below `src/`, by path from the root. */
export function sourceFiles(): Map<string, string> {
  const paths = ["main.ts", ...modulesBelow("src/")];
  return new Map(paths.map((path) => [path, Deno.readTextFileSync(new URL(path, ROOT))]));
}

/** Paths from the root of all TypeScript modules in a folder, which ends with a slash. */
export function modulesBelow(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, ROOT))).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return modulesBelow(`${folder}${name}/`);
    return name.endsWith(".ts") ? [folder + name] : [];
  });
}
