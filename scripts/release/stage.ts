/**
 * Folders that a package is made from, and the programs that make it.
 *
 * @module
 */

import { dirname } from "node:path";

/** A folder that is gone after its use. */
export class Stage implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty one, whose permissions do not depend on who makes it. */
  static async make(): Promise<Stage> {
    const path = await Deno.makeTempDir({ prefix: "release " });
    // Windows has no such permissions; packages are not made there, only tried.
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
    return new Stage(path);
  }

  /** Writes a text to a path below it. */
  async write(path: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
    const target = await this.#place(path);
    if (typeof text === "string") await Deno.writeTextFile(target, text);
    else await Deno.writeFile(target, text);
    // Whatever the umask is.
    await Deno.chmod(target, mode);
  }

  /** Copies an executable to a path below it. */
  async copyExecutable(source: string, path: string): Promise<void> {
    const target = await this.#place(path);
    await Deno.copyFile(source, target);
    await Deno.chmod(target, 0o755);
  }

  /** Sets the time of everything in it, so that the same content makes the same package. */
  async date(day: string): Promise<void> {
    await run("find", [this.path, "-exec", "touch", "--date", `${day}T00:00:00Z`, "{}", "+"]);
  }

  /**
   * Makes a `.tar.gz` of what is in it, the same of the same content.
   *
   * @param names of what goes in
   * @param output absolute
   * @param day which everything in it has for its time
   */
  async archive(names: readonly string[], output: string, day: string): Promise<void> {
    await this.date(day);
    await run("tar", [
      ...["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"],
      // Whatever the umask of who unpacked what is in it.
      ...["--mode=a+rX,u+w,go-w", "--use-compress-program", "gzip -n", "-cf", output, ...names],
    ], { cwd: this.path, env: { TZ: "UTC", GZIP: "" } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }

  async #place(path: string): Promise<string> {
    const target = `${this.path}/${path}`;
    const folder = dirname(target);
    await Deno.mkdir(folder, { recursive: true });
    for (let each = folder; each !== this.path; each = dirname(each)) await Deno.chmod(each, 0o755);
    return target;
  }
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} with what it said, when it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string | URL; readonly env?: Record<string, string> } = {},
): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], ...options })
    .output();
  if (code === 0) return;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
  throw new Error(`Cannot run ${program}: expected exit code 0, received ${code}\n${said}`);
}
