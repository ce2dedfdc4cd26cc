import { assertEquals } from "@std/assert";
import { type Command, type Program, runProgram } from "../../src/cli/command.ts";
import type { Flags } from "../../src/cli/flags.ts";
import { FakeStops } from "../support/fake_stops.ts";

const FLAGS = {
  count: { kind: "int", help: "Count", min: 1, max: 9, initial: 1 },
} as const satisfies Flags;

function commandThat(does: (count: number) => void): Command<typeof FLAGS> {
  return {
    summary: "Counts",
    synopsis: "[-count=N]",
    flags: FLAGS,
    check: ({ count }) => count === 7 ? "Cannot use -count: expected luck, received 7" : undefined,
    run: ({ count }) => {
      does(count);
      return Promise.resolve(0);
    },
  };
}

/** What a command line of two words or more does in a program with a command `host`. */
async function run(line: string, changed: Partial<Program> = {}) {
  const did: string[] = [];
  const printed: string[] = [];
  const said: string[] = [];
  const program = {
    name: "prog",
    summary: "a program",
    version: "1.2.3",
    description: [],
    examples: [],
    main: commandThat((count) => did.push(`main ${count}`)),
    commands: { host: commandThat((count) => did.push(`host ${count}`)) },
    ...changed,
  };
  const code = await runProgram(program, line.split(" ").filter((word) => word !== ""), {
    input: (async function* () {})(),
    output: () => Promise.resolve(),
    print: (text) => printed.push(text),
    status: (text) => said.push(text),
    describeLossAs: () => {},
    stops: new FakeStops(),
    terminalSize: () => undefined,
    isTerminal: () => false,
    inputBytes: () => undefined,
    closeOutput: () => {},
    foot: () => {},
  });
  return { code, did, printed, said };
}

const NOTHING = { did: [], printed: [], said: [] };

async function assertMistake(line: string, message: string, help: string): Promise<void> {
  const said = [message, `Run "${help}" for the usage`];
  assertEquals(await run(line), { ...NOTHING, code: 2, said }, line);
}

Deno.test("the first argument names a command; else the main one runs", async () => {
  assertEquals(await run(""), { ...NOTHING, code: 0, did: ["main 1"] });
  assertEquals(await run("-count=2"), { ...NOTHING, code: 0, did: ["main 2"] });
  assertEquals(await run("host -count 3"), { ...NOTHING, code: 0, did: ["host 3"] });
});

Deno.test("the usage of the program names its commands", async () => {
  for (const line of ["help", "-help", "-h", "--help", "/?", "-count=0 help", "help -x"]) {
    const { code, printed, said } = await run(line);
    assertEquals([code, said], [0, []], line);
    assertEquals(printed.slice(0, 4), [
      "Usage: prog [-count=N]",
      "       prog host [-count=N]",
      "       prog help COMMAND",
      "",
    ]);
    assertEquals(printed.slice(-3), ["Commands:", "  host", "        Counts"]);
  }
});

Deno.test("the usage of a command is its own", async () => {
  const asked = await run("host -help");
  assertEquals([asked.code, asked.printed[0]], [0, "Usage: prog host [-count=N]"]);
  for (const line of ["help host", "host help", "host -h", "host -count=0 --help"]) {
    assertEquals(await run(line), asked, line);
  }
});

Deno.test("a command that is used in several ways shows each of them", async () => {
  const synopsis = ["WORD", "[-count=N]"];
  const commands = { join: { ...commandThat(() => {}), synopsis } };
  const expected = ["prog join WORD", "prog join [-count=N]"];
  const { printed } = await run("join -help", { commands });
  assertEquals(printed.slice(0, 2), [`Usage: ${expected[0]}`, `       ${expected[1]}`]);
  const all = await run("-help", { commands });
  assertEquals(all.printed.slice(1, 3), expected.map((line) => `       ${line}`));
});

Deno.test("the version is that of the program, for commands too", async () => {
  for (const line of ["version", "-version", "--version", "host version", "host -version"]) {
    assertEquals(await run(line), { ...NOTHING, code: 0, printed: ["prog 1.2.3"] }, line);
  }
});

Deno.test("a mistake is one sentence and a line that names -help", async () => {
  const bad = 'Cannot use -count: expected an integer from 1 to 9, received "0"';
  await assertMistake("-count=0", bad, "prog -help");
  await assertMistake("host -count=0", bad, "prog host -help");
  const unlucky = "Cannot use -count: expected luck, received 7";
  await assertMistake("-count=7", unlucky, "prog -help");
  await assertMistake("host -count=7", unlucky, "prog host -help");
});

Deno.test("a first word that is no command is a mistake, and a near miss is named", async () => {
  const message = "Cannot use argument: expected a command or flags, received";
  await assertMistake("hots -count=2", `${message} "hots"; did you mean host?`, "prog -help");
  await assertMistake("Host", `${message} "Host"; did you mean host?`, "prog -help");
  await assertMistake("serve", `${message} "serve"`, "prog -help");
  await assertMistake("toString", `${message} "toString"`, "prog -help");
});

Deno.test("help takes one command", async () => {
  const message = "Cannot use help: expected";
  await assertMistake(
    "help hots",
    `${message} a command, received "hots"; did you mean host?`,
    "prog -help",
  );
  await assertMistake(
    "help host more",
    `${message} one command, received "host more"`,
    "prog -help",
  );
});

Deno.test("a command may say its mistakes in a way of its own", async () => {
  const main: Command<typeof FLAGS> = {
    ...commandThat(() => {}),
    sayMistake: ({ message, help, values }, lines) =>
      lines.status(JSON.stringify([message, help, values])),
  };
  const { code, said } = await run("-count=2 more", { main });
  const message = 'Cannot use argument: expected flags only, received "more"';
  assertEquals([code, said], [2, [JSON.stringify([message, "prog -help", { count: 2 }])]]);
});

Deno.test("where nothing of the program can run, it says why, and its help and version still work", async () => {
  const fault = "Cannot run on this";
  for (const [line, help] of [["", "prog -help"], ["host -count=7", "prog host -help"]]) {
    const said = [fault, `Run "${help}" for the usage`];
    assertEquals(await run(line, { fault }), { ...NOTHING, code: 2, said }, line);
  }
  for (const line of ["host -help", "-version"]) {
    assertEquals(await run(line, { fault }), await run(line), line);
  }
});
