/**
 * The server as a process of its own, and what Linux says of it in /proc: for bench and soak.
 *
 * @module
 */

/** Flags that switch every limit per prefix off: all load here comes from one address. */
export const NO_PREFIX_LIMITS: readonly string[] = [
  "datagrams",
  "connections",
  "sessions",
  "leases",
].flatMap((what) => [`-${what}_per_address=0`, `-${what}_per_network=0`]);

/** Runs the server from its sources; flags go behind. */
const SOURCES: readonly string[] = [
  Deno.execPath(),
  ...["run", "--allow-net", new URL("../main.ts", import.meta.url).href],
];
/** Clock ticks per second in /proc: 100 on every Linux that Deno runs on. */
const TICKS_PER_S = 100;
/** Place of `utime` and `stime` in /proc/PID/stat, counted after the program's name. */
const UTIME = 11;
const STIME = 12;

/** A running server. */
export class ServerProcess {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
  }

  /**
   * Starts a server on a free port and waits until it listens.
   *
   * @param command an executable and what stands before the flags
   */
  static async start(flags: readonly string[], command = SOURCES): Promise<ServerProcess> {
    const port = freePort();
    const child = new Deno.Command(command[0], {
      args: [...command.slice(1), `-port=${port}`, ...flags],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = child.stdout.getReader();
    const { done } = await output.read();
    if (done) throw new Error(`Cannot start the server: exit code ${(await child.status).code}`);
    drain(output);
    return new ServerProcess(child, port);
  }

  /** Processor time so far, user and system, in seconds. */
  cpuSeconds(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_S;
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Open descriptors. */
  descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.#child.pid}/fd`)].length;
  }

  /** Datagrams that the system dropped because the server did not read them in time. */
  droppedDatagrams(): number {
    const hexPort = this.port.toString(16).toUpperCase().padStart(4, "0");
    let dropped = 0;
    for (const table of ["/proc/net/udp", "/proc/net/udp6"]) {
      for (const line of Deno.readTextFileSync(table).split("\n").slice(1)) {
        const fields = line.trim().split(/\s+/);
        if (fields[1]?.endsWith(`:${hexPort}`)) dropped += Number(fields.at(-1));
      }
    }
    return dropped;
  }

  /** Stops it; @returns its exit code */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function drain(output: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await output.read()).done);
}
