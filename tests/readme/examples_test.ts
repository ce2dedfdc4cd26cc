import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { program } from "../../main.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { listenFor, parseForward } from "../../src/commands/forward/flow_address.ts";
import { ChildProcess, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";
import { codeBlock, codeBlocks, readDocument, section, tableRows } from "./markdown.ts";
import { ROOT } from "../support/source_files.ts";

const README = readDocument("README.md");
/** The port of README's examples, since a server has it by default. */
const DEFAULT_PORT = /\b6969\b/g;

/** What README shows at the end of each of its two peers' programs. */
const GREETINGS = ["hello from peer 671938204", "hello from peer 283640915"];

/** Runs a command to its end and returns what it printed; fails unless it ends well and in time. */
async function run(command: string, args: string[], cwd = "."): Promise<string> {
  const { code, stdout, stderr } = await runToEnd([command, ...args], { cwd });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

/** A text of README for the port of a server that is not the default one. */
function atPortOf(server: TestServer, text: string): string {
  return text.replace(DEFAULT_PORT, String(server.at().port));
}

/** A directory that is gone after its test. */
class TemporaryDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TemporaryDirectory> {
    return new TemporaryDirectory(await Deno.makeTempDir());
  }

  async write(file: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}/${file}`, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** How README starts Deno, so that nothing but Node.js is needed. */
const NPX_DENO = `npx -y deno@${readDocument(".deno-version").trim()}`;

/** The words of a command of README, with this Deno in place of that of npm. */
function withThisDeno(command: string): string[] {
  return command.trim().replace(NPX_DENO, Deno.execPath()).split(" ");
}

/** Runs commands at the same time and returns the last line that each printed. */
async function lastLines(commands: string[], directory: string): Promise<string[]> {
  const outputs = await Promise.all(commands.map((command) => {
    const [program, ...args] = withThisDeno(command);
    return run(program, args, directory);
  }));
  return outputs.map((output) => output.trimEnd().split("\n").at(-1) as string);
}

/** The lines in one order, without the ports, which differ each time. */
function comparable(output: string): string[] {
  const lines = output.trimEnd().split("\n");
  return lines.map((line) => line.replace(/Port":\d+/g, 'Port":PORT')).sort();
}

Deno.test("README's two commands are those of the tasks, with Deno from npm", async () => {
  const { default: config } = await import("../../deno.json", { with: { type: "json" } });
  assertEquals(codeBlocks(section(README, "Start"), "sh").map((command) => command.trim()), [
    config.tasks.start.command.replace(/^deno/, NPX_DENO),
    `${NPX_DENO} task test`,
  ]);
});

Deno.test({
  name: "README's session for bash shows the introduction that README shows",
  ...needs(hasProgram("bash"), "bash"),
  async fn() {
    await using server = new TestServer();
    const session = section(README, "See it work");
    const output = await run("bash", ["-c", atPortOf(server, codeBlock(session, "bash"))]);
    assertEquals(comparable(output), comparable(codeBlock(session, "text")));
    const [one, other] = output.trimEnd().split("\n").map((line) =>
      JSON.parse(line.slice(line.indexOf("{")))
    );
    assertEquals([one.SourcePort, one.DestPort], [other.DestPort, other.SourcePort]);
    assertNotEquals(one.SourcePort, one.DestPort);
  },
});

Deno.test("who has only Node.js can type what README says before it installs anything", () => {
  const beforeInstalling = README.slice(0, README.indexOf("\n## Install a release"));
  const others = codeBlocks(beforeInstalling, "sh").map((command) => command.trim())
    .filter((command) =>
      !command.startsWith(`${NPX_DENO} `) && !/^(node|npm|python3) /.test(command)
    );
  assertEquals(others, []);
});

Deno.test("the program understands every command line of README", () => {
  const start = `${NPX_DENO} run --allow-net main.ts`;
  const lines = codeBlocks(README, "sh").flatMap((block) => block.trim().split("\n"))
    .filter((line) => line.startsWith(start) || line.startsWith(`${program.name} `));
  assert(lines.length > 8, lines.join("\n"));
  for (const line of lines) {
    // The shell keeps redirections for itself.
    const words = line.replace(/ [<>] \S+/g, "").replace(start, program.name).split(" ");
    const [first = "", ...args] = words.slice(1);
    const isCommand = Object.hasOwn(program.commands, first);
    const { flags, check } = isCommand ? program.commands[first] : program.main;
    const given = isCommand ? args : [first, ...args].filter((argument) => argument !== "");
    const understood = parseCommandLine(given, flags);
    assertEquals(understood.kind, "run", line);
    if (understood.kind === "run") assertEquals(check?.(understood.values), undefined, line);
  }
});

Deno.test("README's way to a TCP service ends at the port that the host proposes", () => {
  const commands = codeBlocks(section(README, "Carry TCP: SSH, a web page"), "sh");
  const [target, listen] = commands.map((line) => /-(?:forward|listen)=(\S+)/.exec(line)?.[1]);
  assertEquals(listen, listenFor(parseForward(target ?? "")!));
});

/** README's programs in TypeScript under the names under which it has them saved. */
async function writePrograms(
  directory: TemporaryDirectory,
  chapter: string,
  files: readonly string[] = ["echo.ts", "ask.ts", "meet.ts"],
): Promise<void> {
  const programs = codeBlocks(chapter, "ts");
  assertEquals(programs.length, files.length);
  for (const [i, file] of files.entries()) {
    // README has them beside main.ts, where tests leave no files.
    await directory.write(file, programs[i].replace('"./', `"${ROOT.href}`));
  }
  await directory.write("deno.json", readDocument("deno.json"));
  await run(Deno.execPath(), ["check", "--quiet", ...files], directory.path);
}

Deno.test("README's peers in TypeScript greet each other", async () => {
  await using server = new TestServer();
  await using directory = await TemporaryDirectory.make();
  const chapter = section(README, "In TypeScript, with the library");
  await writePrograms(directory, chapter);
  const commands = codeBlocks(chapter, "sh").map((command) => atPortOf(server, command));
  assertEquals(
    await lastLines(commands.filter((command) => command.includes("meet.ts")), directory.path),
    GREETINGS,
  );
});

Deno.test("README's host in TypeScript answers a joiner, and both are short", async () => {
  await using server = new TestServer();
  await using directory = await TemporaryDirectory.make();
  const chapter = section(README, "In TypeScript, with the library");
  await writePrograms(directory, chapter);
  const lines = codeBlocks(chapter, "ts").slice(0, 2).join("").split("\n").filter(Boolean);
  assert(lines.length <= 15, `${lines.length} lines`);
  const [echo, ask] = codeBlocks(chapter, "sh").map((command) =>
    withThisDeno(atPortOf(server, command))
  );
  await using hosting = ChildProcess.start(echo, { cwd: directory.path });
  const code = ask.at(-1) as string;
  await hosting.output.find((line) => line === `join with ${code}`, "the host's code");
  const [program, ...args] = ask;
  assertEquals(await run(program, args, directory.path), "hello through the hole\n");
});

Deno.test("README's host in TypeScript hands over a file by a stream", async () => {
  await using server = new TestServer();
  await using directory = await TemporaryDirectory.make();
  const chapter = section(README, "Streams, with the library");
  await writePrograms(directory, chapter, ["offer.ts", "fetch.ts"]);
  const [offer, fetch] = codeBlocks(chapter, "sh").map((command) =>
    withThisDeno(atPortOf(server, command))
  );
  await using hosting = ChildProcess.start(offer, { cwd: directory.path });
  const [offered, code] = offer.slice(-2);
  await hosting.output.find((line) => line === `join with ${code}`, "the host's code");
  const [program, ...args] = fetch;
  const file = await Deno.readTextFile(`${directory.path}/${offered}`);
  assertEquals(await run(program, args, directory.path), file);
});

Deno.test("README's way to the whole API shows every function that it names", async () => {
  const chapter = section(README, "In TypeScript, with the library");
  const [program, ...args] = withThisDeno(codeBlocks(chapter, "sh").at(-1) as string);
  const { stdout } = await runToEnd([program, ...args], { cwd: ROOT });
  for (const [name] of tableRows(chapter, "Function")) {
    assertStringIncludes(stdout, `function ${name.replaceAll("`", "").replace("()", "(")}`);
  }
});

Deno.test({
  name: "README's peers in Python greet each other",
  ...needs(hasProgram("python3"), "python3"),
  async fn() {
    await using server = new TestServer();
    await using directory = await TemporaryDirectory.make();
    const chapter = section(README, "In Python, with plain sockets");
    await directory.write("meet.py", atPortOf(server, codeBlock(chapter, "python")));
    assertEquals(await lastLines(codeBlocks(chapter, "sh"), directory.path), GREETINGS);
  },
});
