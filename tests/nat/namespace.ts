/**
 * One Linux network namespace, and the programs that shape it: `ip`, `nft` and the files of
 * `/proc/sys/net`.
 *
 * @module
 */

import { ChildProcess, type ChildProcessOptions, runToEnd } from "../support/child_process.ts";

/** A named network namespace. {@linkcode makeNamespace} makes one, {@linkcode remove} ends it. */
export class Namespace {
  /** The name `ip netns` knows it by. */
  readonly name: string;

  /** @param name of a namespace that exists already */
  constructor(name: string) {
    this.name = name;
  }

  /**
   * Runs lines of `ip -batch` in this namespace, in order, up to the first that fails.
   *
   * @throws {Error} naming the line that failed
   */
  async ip(...lines: readonly string[]): Promise<void> {
    await run(["ip", "-n", this.name, "-batch", "-"], lines.join("\n") + "\n");
  }

  /** {@linkcode ip} for IPv6, where a line has no address that would say so. */
  async ip6(...lines: readonly string[]): Promise<void> {
    await run(["ip", "-6", "-n", this.name, "-batch", "-"], lines.join("\n") + "\n");
  }

  /**
   * Loads a ruleset into the namespace's packet filter.
   *
   * @throws {Error} with what `nft` says about it
   */
  async nft(ruleset: string): Promise<void> {
    await run(["ip", "netns", "exec", this.name, "nft", "-f", "-"], ruleset);
  }

  /**
   * Writes kernel settings of this namespace.
   *
   * @param settings paths below `/proc/sys/net` and the numbers to write there
   * @param absent what to do about a setting that this kernel does not have
   * @throws {Error} when the kernel refuses a value or misses a setting that may not be absent
   */
  async setKernel(
    settings: Readonly<Record<string, number>>,
    absent: "fail" | "skip" = "fail",
  ): Promise<void> {
    const writes = Object.entries(settings).map(([path, value]) => {
      const file = `/proc/sys/net/${path}`;
      const write = `echo ${value} > ${file}`;
      return absent === "fail" ? write : `if [ -e ${file} ]; then ${write}; fi`;
    });
    await run(["ip", "netns", "exec", this.name, "sh", "-e"], writes.join("\n") + "\n");
  }

  /** Starts a program in this namespace, to be written to. The process id is the program's own. */
  start(command: readonly string[], options: ChildProcessOptions = {}): ChildProcess {
    const inside = ["ip", "netns", "exec", this.name, ...command];
    return ChildProcess.start(inside, { stdin: "piped", stderr: "inherit", ...options });
  }

  /**
   * Gives names to addresses for programs that are started in this namespace from now on, in place
   * of the machine's own `/etc/hosts`.
   *
   * @param addresses each name's addresses
   */
  async nameHosts(addresses: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const lines = Object.entries(addresses).flatMap(([name, all]) =>
      all.map((address) => `${address} ${name}\n`)
    );
    await Deno.mkdir(this.#files, { recursive: true });
    await Deno.writeTextFile(`${this.#files}/hosts`, lines.join(""));
  }

  /**
   * Removes the namespace with every interface in it.
   *
   * @throws {Error} when there is no such namespace any more
   */
  async remove(): Promise<void> {
    await Deno.remove(this.#files, { recursive: true }).catch(() => {});
    await run(["ip", "netns", "delete", this.name]);
  }

  /** What stands here covers `/etc` for programs started by `ip netns exec`. */
  get #files(): string {
    return `/etc/netns/${this.name}`;
  }
}

/**
 * Makes a namespace with its loopback interface up.
 *
 * @throws {Error} when the name is taken or the process may not make namespaces
 */
export async function makeNamespace(name: string): Promise<Namespace> {
  await run(["ip", "netns", "add", name]);
  const namespace = new Namespace(name);
  await namespace.ip("link set lo up");
  return namespace;
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @param command the program and its arguments
 * @param input what it reads on standard input
 * @throws {Error} when it does not exit with 0, with its standard error
 */
export async function run(command: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(command, { input });
  if (code === 0) return stdout;
  throw new Error(
    `Cannot run ${
      command.join(" ")
    }: expected exit code 0, received ${code}: ${stderr.trim()}\n${input}`,
  );
}
