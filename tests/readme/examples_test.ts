import { assertEquals, assertNotEquals } from "@std/assert";
import { runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";
import { codeBlock, codeBlocks, readDocument, section } from "./markdown.ts";
import { ROOT } from "../support/source_files.ts";

const README = readDocument("README.md");
/** The port of README's examples, since a server has it by default. */
const DEFAULT_PORT = /\b6969\b/g;

/** What README shows at the end of each of its two peers' programs. */
const GREETINGS = ["hello from peer 2", "hello from peer 1"];

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

/** Runs commands at the same time and returns the last line that each printed. */
async function lastLines(commands: string[], directory: string): Promise<string[]> {
  const outputs = await Promise.all(commands.map((command) => {
    const [program, ...args] = command.trim().split(" ");
    return run(program === "deno" ? Deno.execPath() : program, args, directory);
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
  const npxDeno = `npx -y deno@${readDocument(".deno-version").trim()}`;
  assertEquals(codeBlocks(section(README, "Start"), "sh").map((command) => command.trim()), [
    config.tasks.start.command.replace(/^deno/, npxDeno),
    `${npxDeno} task test`,
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

Deno.test("README's peers in TypeScript greet each other", async () => {
  await using server = new TestServer();
  await using directory = await TemporaryDirectory.make();
  const chapter = section(README, "In TypeScript, with the library");
  // README has the program beside main.ts, where tests leave no files.
  await directory.write("meet.ts", codeBlock(chapter, "ts").replace('"./', `"${ROOT.href}`));
  await directory.write("deno.json", readDocument("deno.json"));
  await run(Deno.execPath(), ["check", "--quiet", "meet.ts"], directory.path);
  const commands = codeBlocks(chapter, "sh").map((command) => atPortOf(server, command));
  assertEquals(await lastLines(commands, directory.path), GREETINGS);
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
