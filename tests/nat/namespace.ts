/**
 * One Linux network namespace, and the programs that shape it: `ip`, `nft` and the files of
 * `/proc/sys/net`.
 *
 * @module
 */

/** How a program in a namespace is started: its standard streams are pipes unless told. */
export interface SpawnOptions {
  /** Where its standard error goes; `inherit` shows it in the test's own output. */
  readonly stderr?: "piped" | "inherit" | "null";
}

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

  /** Starts a program in this namespace. The process id is the program's own. */
  spawn(
    program: string,
    args: readonly string[],
    { stderr = "inherit" }: SpawnOptions = {},
  ): Deno.ChildProcess {
    return new Deno.Command("ip", {
      args: ["netns", "exec", this.name, program, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr,
    }).spawn();
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
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  // A program that fails early closes its input; its exit code tells more than the broken pipe.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await output;
  if (code === 0) return new TextDecoder().decode(stdout);
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(
    `Cannot run ${command.join(" ")}: expected exit code 0, received ${code}: ${reason}\n${input}`,
  );
}
