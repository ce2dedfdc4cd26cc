import { assertEquals } from "@std/assert";
import { program } from "../../main.ts";
import { usageOf } from "../../src/cli/command.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { COMMON_FLAGS, type Flags, valueName } from "../../src/cli/flags.ts";
import { usage } from "../../src/cli/usage.ts";

const NAME = {
  kind: "text",
  valueName: "NAME",
  expected: "a name",
  parse: (text: string) => text,
} as const;
const FLAGS = {
  port: { kind: "int", help: "Server port", min: 1, max: 65_535, initial: 6969 },
  host: { ...NAME, presence: "optional", help: "Host name" },
  peer: { ...NAME, presence: "required", help: "Peer's name" },
  level: { kind: "choice", help: "Level", words: ["low", "middle", "high"], initial: "low" },
  quiet: { kind: "switch", help: "Say nothing" },
} as const satisfies Flags;

Deno.test("the usage names every flag with its value, its help, its default and its range", () => {
  assertEquals(
    usage(["program -peer=NAME", "program help"], FLAGS).join("\n"),
    `Usage: program -peer=NAME
       program help

  -port int
        Server port (default 6969), 1 to 65535
  -host NAME
        Host name
  -peer NAME
        Peer's name (required)
  -level low|middle|high
        Level (default low)
  -quiet
        Say nothing
  -version
        Print the version and exit
  -h, -help
        Print this and exit`,
  );
});

/** The flags of a command of the program, or of its main one. */
function flagsOf(name: string | undefined): Flags {
  return name === undefined ? program.main.flags : program.commands[name].flags;
}

for (const name of [undefined, ...Object.keys(program.commands)]) {
  Deno.test(`the usage of ${name ?? "the server"} names every flag, in 80 columns`, () => {
    const lines = usageOf(program, name);
    assertEquals(lines.filter((line) => line.length > 80), []);
    const flags: Flags = { ...flagsOf(name), ...COMMON_FLAGS };
    const unnamed = Object.entries(flags).filter(([flag, value]) =>
      !lines.some((line) =>
        line.replace("-h, ", "").trim() === `-${flag} ${valueName(value)}`.trim()
      )
    );
    assertEquals(unnamed, []);
  });

  Deno.test(`the synopsis of ${name ?? "the server"} has flags that exist, and all required`, () => {
    const { synopsis } = name === undefined ? program.main : program.commands[name];
    const named = Array.from(
      [synopsis].flat().join(" ").matchAll(/(?<![\w-])-(\w+)/g),
      ([, flag]) => flag,
    );
    const flags = flagsOf(name);
    assertEquals(named.filter((flag) => !Object.hasOwn(flags, flag)), []);
    const required = Object.entries(flags)
      .filter(([, flag]) => flag.kind === "text" && flag.presence === "required")
      .map(([flag]) => flag);
    assertEquals(required.filter((flag) => !named.includes(flag)), []);
  });
}

Deno.test("the program's examples are understood", () => {
  for (const { args } of program.examples) {
    const [first, ...rest] = args.replace(/ [<>] \S+/g, "").split(" ");
    const isCommand = Object.hasOwn(program.commands, first);
    const { kind } = isCommand
      ? parseCommandLine(rest, flagsOf(first))
      : parseCommandLine([first, ...rest], flagsOf(undefined));
    assertEquals(kind, "run", args);
  }
});
