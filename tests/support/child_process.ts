/**
 * Other processes: run to their end, or talked to line by line.
 *
 * @module
 */

import { close, listen, ListenError } from "../../src/net/listen.ts";
import { DEADLINE_MS, within } from "./deadline.ts";
import { readLines } from "./lines.ts";
import { Mailbox } from "./mailbox.ts";
import { ROOT } from "./source_files.ts";

/** Below the ports that systems give to outgoing connections. */
const PORTS = { first: 10_000, last: 32_000 };

/** How a process ended, and everything it printed. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a process runs. */
export interface Surroundings {
  /** Default: the root of the repository. */
  readonly cwd?: string | URL;
  /** Variables in addition to this process's, or `"none"` at all. */
  readonly env?: Readonly<Record<string, string>> | "none";
}

/** How to start a {@linkcode ChildProcess}. */
export interface ChildProcessOptions extends Surroundings {
  /** Whether it can be written to. Default: `"null"`. */
  readonly stdin?: "piped" | "null";
  /** `"inherit"` shows its errors among the test's own output. Default: `"piped"`. */
  readonly stderr?: "piped" | "inherit";
  /** Nobody reads what it prints until `readOutput`. Default: `"read"`. */
  readonly printed?: "read" | "unread";
  /** Gets its lines of standard output in place of {@linkcode ChildProcess.output}. */
  readonly sink?: LineSink;
}

/** What lines are given to, one by one. */
export interface LineSink {
  put(line: string): void;
  /** There are no more. */
  end(): void;
}

/** The command line that runs `main.ts` as README does, with these flags of Deno. */
export function programWith(...denoFlags: readonly string[]): string[] {
  return [Deno.execPath(), "run", ...denoFlags, new URL("main.ts", ROOT).href];
}

/** The program as its user runs it, with network permission only. */
export const PROGRAM: readonly string[] = programWith("--allow-net");

/** Where the shell finds a program. */
export function programPath(name: string): string {
  const { stdout } = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** Runs the program to its end. */
export async function runProgram(
  flags: readonly string[],
  program: readonly string[] = PROGRAM,
): Promise<Ended> {
  return await runToEnd([...program, ...flags]);
}

/**
 * Runs a command to its end, whatever its exit code.
 *
 * @param input what it reads on standard input
 * @param deadlineMs when it must have ended; the default is enough for most
 * @throws {Error} when it does not end in time
 */
export async function runToEnd(
  command: readonly string[],
  { input, deadlineMs, ...surroundings }: Surroundings & {
    readonly input?: string;
    readonly deadlineMs?: number;
  } = {},
): Promise<Ended> {
  const stdin = input === undefined ? "null" : "piped";
  const child = spawn(command, surroundings, { stdin, stderr: "piped" });
  const output = child.output();
  try {
    if (input !== undefined) await writeAll(child.stdin, input);
    const { code, stdout, stderr } = await within(
      output,
      `an end of ${command.join(" ")}`,
      deadlineMs,
    );
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await output;
    throw error;
  }
}

/** A running process. */
export class ChildProcess implements AsyncDisposable {
  /** Lines of standard output. */
  readonly output = new Mailbox<string>();
  /** Lines of standard error. */
  readonly errors = new Mailbox<string>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #printed: readonly (readonly [stream: ReadableStream<Uint8Array>, sink: LineSink])[];
  #reading: Promise<unknown> | undefined;
  readonly #end: Promise<Ended>;
  #isRunning = true;

  private constructor(child: Deno.ChildProcess, options: Required<Streams>, sink?: LineSink) {
    this.#child = child;
    this.#input = options.stdin === "piped" ? child.stdin.getWriter() : undefined;
    this.#printed = [
      [child.stdout, sink ?? this.output],
      ...options.stderr === "piped" ? [[child.stderr, this.errors] as const] : [],
    ];
    this.#end = this.#untilEnd();
  }

  /** Starts a process. */
  static start(command: readonly string[], options: ChildProcessOptions = {}): ChildProcess {
    const { stdin = "null", stderr = "piped", printed = "read", sink } = options;
    const streams = { stdin, stderr };
    const process = new ChildProcess(spawn(command, options, streams), streams, sink);
    if (printed === "read") process.readOutput();
    return process;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it has not ended. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Writes to its standard input. */
  async write(text: string): Promise<void> {
    await this.#input?.write(new TextEncoder().encode(text));
  }

  /** Closes its standard input. */
  async endInput(): Promise<void> {
    await this.#input?.close();
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Begins to read what it prints. */
  readOutput(): void {
    this.#reading ??= Promise.all(this.#printed.map(([stream, sink]) => collect(stream, sink)));
  }

  /** Closes what it prints to, as a reader that has ended does. */
  async closeOutput(): Promise<void> {
    this.#reading ??= Promise.all(this.#printed.map(([stream]) => stream.cancel()));
    await this.#reading;
  }

  /** Waits for its end. */
  async ended(deadlineMs = DEADLINE_MS): Promise<Ended> {
    return await within(this.#end, "the end of a process", deadlineMs);
  }

  /** Ends it, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The test may have closed it, and a process that has ended has closed it.
    await this.endInput().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // It has ended.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.ended();
  }

  async #untilEnd(): Promise<Ended> {
    const { code } = await this.#child.status;
    this.#isRunning = false;
    this.readOutput();
    await this.#reading;
    const [stdout, stderr] = [this.output, this.errors].map(({ things }) => things.join("\n"));
    return { code, stdout, stderr };
  }
}

/** A port of 127.0.0.1 that is free for TCP and UDP. */
export function freePort(): number {
  for (;;) {
    const { first, last } = PORTS;
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      for (const listener of listen(["127.0.0.1"], port)) close(listener);
      return port;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
    }
  }
}

type Streams = Pick<ChildProcessOptions, "stdin" | "stderr">;

function spawn(
  [program, ...args]: readonly string[],
  { cwd = ROOT, env = { NO_COLOR: "1" } }: Surroundings,
  streams: Required<Streams>,
): Deno.ChildProcess {
  const variables = env === "none" ? { clearEnv: true } : { env };
  return new Deno.Command(program, { args, cwd, ...variables, ...streams, stdout: "piped" })
    .spawn();
}

async function writeAll(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  // A program that fails early closes its input; its exit code tells more than the broken pipe.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
}

async function collect(stream: ReadableStream<Uint8Array>, sink: LineSink): Promise<void> {
  for await (const line of readLines(stream)) sink.put(line);
  sink.end();
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
