/**
 * Files through real processes: whole, with what people see of it, and what is said when it is cut.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { ChildProcess, type ChildProcessOptions, PROGRAM } from "../support/child_process.ts";
import { needs } from "../support/needs.ts";
import { HAS_TERMINALS, TerminalProcess } from "../support/terminal.ts";
import { TestServer } from "../support/test_server.ts";

const POSIX = needs(Deno.build.os !== "windows", "redirections of a shell");
const LINUX = needs(Deno.build.os === "linux", "/dev/full");
const FILE_BYTES = 6_000_000;
/** More than is under way where nobody reads. */
const LONG_FILE_BYTES = 40_000_000;
/** Until a remote peer that was killed counts as lost. */
const LOSS_DEADLINE_MS = 90_000;

/** A server, and a directory for what commands read and write. */
class Site implements AsyncDisposable {
  readonly #server = new TestServer();
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async make(): Promise<Site> {
    return new Site(await Deno.makeTempDir());
  }

  /** A file of random bytes. @returns its SHA-256 */
  async fill(name: string, length = FILE_BYTES): Promise<string> {
    const bytes = randomBytes(length);
    await Deno.writeFile(`${this.#path}/${name}`, bytes);
    return await sha256(bytes);
  }

  async hashOf(name: string): Promise<string> {
    return await sha256(await Deno.readFile(`${this.#path}/${name}`));
  }

  /** The arguments of a command. */
  args(name: "host" | "join", ...flags: readonly string[]): string[] {
    const who = name === "host" ? "-local=41" : "-remote=127.0.0.1/41";
    return [...PROGRAM, name, `-server=127.0.0.1:${this.#server.at().port}`, who, ...flags];
  }

  /** Starts a command in a shell. @param redirections in words of the shell, after `"$@"` */
  start(
    command: readonly string[],
    redirections: string,
    options: ChildProcessOptions = {},
  ): ChildProcess {
    const run = redirections.startsWith("|") ? "" : "exec";
    const script = `cd "$0" && ${run} "$@" ${redirections}`;
    return ChildProcess.start(["sh", "-c", script, this.#path, ...command], options);
  }

  /** The same in a terminal. */
  startInTerminal(command: readonly string[], redirections: string): TerminalProcess {
    const run = redirections.startsWith("|") ? "" : "exec";
    const script = `cd "$0" && ${run} "$@" ${redirections}`;
    return new TerminalProcess(["sh", "-c", script, this.#path, ...command]);
  }

  /** A host that gives a file, and is known to the server. */
  async startHost(file: string, ...flags: readonly string[]): Promise<ChildProcess> {
    const hosting = this.start(this.args("host", ...flags), `< ${file}`);
    await says(hosting, "reachable as");
    return hosting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await Deno.remove(this.#path, { recursive: true });
  }
}

async function says(process: ChildProcess, beginning: string): Promise<string> {
  return await process.errors.find((line) => line.startsWith(beginning), beginning);
}

Deno.test({
  name: "files go both ways at once, and both sides say their SHA-256",
  ...POSIX,
  fn: async () => {
    await using site = await Site.make();
    const [there, back] = [await site.fill("a"), await site.fill("c")];
    await using hosting = site.start(site.args("host", "-v"), "< a > b");
    await says(hosting, "reachable as");
    await using joined = site.start(site.args("join", "-v"), "< c > d");
    const ends = [await hosting.ended(), await joined.ended()];
    assertEquals(ends.map(({ code }) => code), [0, 0], JSON.stringify(ends));
    assertEquals([await site.hashOf("d"), await site.hashOf("b")], [there, back]);
    for (const { stderr } of ends) {
      for (const hash of [there, back]) assert(stderr.includes(hash), stderr);
      // Nothing is drawn where nobody watches.
      assert(!stderr.includes("\r"), stderr);
    }
  },
});

Deno.test({
  name: "from a terminal and to a terminal: a file in, a file out, and a bar while it goes",
  ...needs(HAS_TERMINALS, "script of util-linux"),
  fn: async () => {
    await using site = await Site.make();
    const hash = await site.fill("a", LONG_FILE_BYTES);
    await using hosting = site.startInTerminal(site.args("host"), "< a");
    await hosting.shows(/^reachable as/);
    // A reader that is late holds the transfer up, so that there is something to watch.
    await using joined = site.startInTerminal(site.args("join"), "| (sleep 2; cat > b)");
    await hosting.shows(/\[#*-+\] sent .* of 40\.0 MB \(\d+ %\)[^]*\r *\rsent 40\.0 MB in/);
    await joined.shows(/\[#*-+\] received .* of 40\.0 MB [^]*\r *\rreceived 40\.0 MB in/);
    assertEquals([await hosting.exitCode(), await joined.exitCode()], [0, 0]);
    assertEquals(await site.hashOf("b"), hash);
  },
});

Deno.test({
  name: "a reader that has enough, and a disk that is full, end both sides with a sentence",
  ...LINUX,
  fn: async () => {
    const cases = [
      ["| head -c 10", "standard output was closed by its reader"],
      ["> /dev/full", "standard output cannot be written: No space left on device"],
    ];
    for (const [redirection, sentence] of cases) {
      await using site = await Site.make();
      await site.fill("a");
      await using hosting = await site.startHost("a");
      const command = ["sh", "-c", '"$0" "$@"; echo "exit code $?" >&2', ...site.args("join")];
      await using joined = site.start(command, redirection);
      const { stderr } = await joined.ended();
      const [last, code] = stderr.trimEnd().split("\n").slice(-2);
      assertMatch(last, RegExp(`^${sentence}`));
      assertEquals(code, "exit code 1");
      const ended = await hosting.ended();
      assertEquals(ended.code, 1);
      assertMatch(
        ended.stderr.trimEnd().split("\n").at(-1)!,
        /^cut off: .* and said: its standard output takes no more; sent .* of 6\.00 MB$/,
      );
    }
  },
});

Deno.test({
  name: "who is killed in the middle of a transfer is missed by the other side",
  ...POSIX,
  fn: async () => {
    await Promise.all((["host", "join"] as const).map(async (killed) => {
      await using site = await Site.make();
      await using hosting = site.start(site.args("host"), "", { stdin: "piped" });
      await says(hosting, "reachable as");
      await using joined = site.start(site.args("join"), "");
      await hosting.write("the beginning\n");
      await joined.output.find((line) => line === "the beginning", "the beginning");
      const [victim, other] = killed === "host" ? [hosting, joined] : [joined, hosting];
      victim.signal("SIGKILL");
      const { code, stderr } = await other.ended(LOSS_DEADLINE_MS);
      assertEquals(code, 1, stderr);
      assertMatch(
        stderr.trimEnd().split("\n").at(-1)!,
        /^cut off: .* fell silent before all had arrived; (sent|received) 14 bytes$/,
      );
    }));
  },
});
