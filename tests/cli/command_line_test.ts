import { assertEquals } from "@std/assert";
import { type Flags, parseCommandLine, usage } from "../../src/cli/command_line.ts";

const FLAGS = {
  port: { kind: "int", help: "Server port", min: 1, max: 65_535, initial: 6969 },
  depth: { kind: "int", help: "Depth", min: 0, max: 10, initial: 0 },
  host: {
    kind: "text",
    valueName: "NAME",
    help: "Host name",
    expected: "a lower-case name",
    parse: (text: string) => /^[a-z]+$/.test(text) ? text : undefined,
  },
  level: { kind: "choice", help: "Level", words: ["low", "middle", "high"], initial: "low" },
  form: { kind: "choice", help: "Form", words: ["text", "json"], initial: "text" },
  quiet: { kind: "switch", help: "Say nothing" },
} as const satisfies Flags;

const DEFAULTS = {
  port: 6969,
  depth: 0,
  host: undefined,
  level: "low",
  form: "text",
  quiet: false,
};

function assertRuns(args: readonly string[], changed: Record<string, unknown>): void {
  const expected = { kind: "run", values: { ...DEFAULTS, ...changed } };
  assertEquals(parseCommandLine(args, FLAGS), expected, args.join(" "));
}

function assertMistake(args: readonly string[], message: string): void {
  assertEquals(parseCommandLine(args, FLAGS), { kind: "mistake", message }, args.join(" "));
}

Deno.test("no arguments: every flag has its default", () => {
  assertRuns([], {});
});

Deno.test("one or two dashes, = or a space", () => {
  for (const args of [["-port=1"], ["-port", "1"], ["--port=1"], ["--port", "1"]]) {
    assertRuns(args, { port: 1 });
  }
});

Deno.test("every kind of flag, in any order", () => {
  const expected = { port: 7, depth: 10, host: "abc", level: "high", quiet: true };
  assertRuns(["-port=7", "-depth", "10", "--host=abc", "--level", "high", "-quiet"], expected);
  assertRuns(["-quiet", "--level", "high", "-host", "abc", "--depth=10", "-port", "7"], expected);
});

Deno.test("the last of equal flags wins", () => {
  assertRuns(["-port=1", "-port", "2", "--port=3"], { port: 3 });
});

Deno.test("integers include both ends of their range", () => {
  for (const port of [1, 65_535]) assertRuns([`-port=${port}`], { port });
  for (const depth of [0, 10]) assertRuns([`-depth=${depth}`], { depth });
});

Deno.test("-h, -help and --help ask for the usage, whatever else is there", () => {
  for (const help of ["-h", "-help", "--help", "--h"]) {
    assertEquals(parseCommandLine([help], FLAGS), { kind: "help" }, help);
    assertEquals(parseCommandLine(["-port=1", help], FLAGS), { kind: "help" });
    assertEquals(parseCommandLine([help, "-port=x", "-unknown"], FLAGS), { kind: "help" });
    assertEquals(parseCommandLine(["-port", help], FLAGS), { kind: "help" });
  }
});

Deno.test("what is no integer of the range is a mistake", () => {
  const bad = [
    "0",
    "65536",
    "99999999999999999999",
    "-1",
    "+5",
    "0x10",
    "1e3",
    "1.0",
    "007",
    " 5",
    "5 ",
    "5\n",
    "NaN",
    "abc",
    "true",
    "1=2",
    "٣",
    "",
  ];
  for (const text of bad) {
    const received = JSON.stringify(text);
    const message = `Cannot use -port: expected an integer from 1 to 65535, received ${received}`;
    assertMistake([`-port=${text}`], message);
    assertMistake([`--port=${text}`], message);
    if (text !== "" && !text.startsWith("-")) assertMistake(["-port", text], message);
  }
});

Deno.test("a flag at the end without its value is a mistake", () => {
  const message = 'Cannot use -port: expected an integer from 1 to 65535, received ""';
  assertMistake(["-port"], message);
  assertMistake(["--port"], message);
  assertMistake(["-port", "-quiet"], message);
  assertMistake(["-host"], 'Cannot use -host: expected a lower-case name, received ""');
  assertMistake(["-level="], 'Cannot use -level: expected low, middle or high, received ""');
});

Deno.test("a text that is not what is expected is a mistake", () => {
  assertMistake(["-host=A1"], 'Cannot use -host: expected a lower-case name, received "A1"');
  assertMistake(["-host", "a b"], 'Cannot use -host: expected a lower-case name, received "a b"');
});

Deno.test("a word that is not among the words is a mistake", () => {
  assertMistake(["-level=LOW"], 'Cannot use -level: expected low, middle or high, received "LOW"');
  assertMistake(["-form", "xml"], 'Cannot use -form: expected text or json, received "xml"');
});

Deno.test("a switch takes no value", () => {
  for (const value of ["", "3", "true", "false"]) {
    const message = `Cannot use -quiet: expected no value, received "${value}"`;
    assertMistake([`-quiet=${value}`], message);
    assertMistake([`--quiet=${value}`], message);
    if (value !== "") assertMistake(["-quiet", value], message);
  }
  assertMistake(["-help=x"], 'Cannot use -help: expected no value, received "x"');
  assertMistake(["-h", "x"], 'Cannot use -h: expected no value, received "x"');
});

Deno.test("a flag that does not exist is a mistake", () => {
  const unknown = [
    "-unknown",
    "--unknown",
    "-p",
    "-PORT",
    "-ports",
    "-port.x",
    "-no-port",
    "-no-quiet",
    "-toString",
    "-constructor",
    "-5",
  ];
  for (const flag of unknown) {
    const name = flag.replace(/^--/, "-");
    const message = `Cannot use argument: expected a known flag, received "${name}"`;
    assertMistake([flag], message);
    if (flag !== "-5") assertMistake([`${flag}=1`], message);
    assertMistake(["-port=1", flag], message);
  }
});

Deno.test("a positional argument is a mistake", () => {
  for (const argument of ["start", "6969", "port=1", "-", "", "true"]) {
    const received = JSON.stringify(argument);
    const message = `Cannot use argument: expected flags only, received ${received}`;
    assertMistake([argument], message);
    assertMistake(["-port=1", argument], message);
    assertMistake(["--", argument], message);
  }
});

Deno.test("the first mistake is told", () => {
  assertMistake(
    ["one", "-two"],
    'Cannot use argument: expected flags only, received "one"',
  );
  assertMistake(
    ["-depth=11", "-port=0"],
    'Cannot use -port: expected an integer from 1 to 65535, received "0"',
  );
});

Deno.test("the usage names every flag with its value, its help, its default and its range", () => {
  assertEquals(
    usage("program [-port=PORT]", FLAGS),
    `Usage: program [-port=PORT]

  -port int
        Server port (default 6969), 1 to 65535
  -depth int
        Depth (default 0), 0 to 10
  -host NAME
        Host name
  -level low|middle|high
        Level (default low)
  -form text|json
        Form (default text)
  -quiet
        Say nothing
  -h, -help
        Print this and exit`,
  );
});
