import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import type { Flags } from "../../src/cli/flags.ts";

const FLAGS = {
  port: { kind: "int", help: "Server port", min: 1, max: 65_535, initial: 6969 },
  depth: { kind: "int", help: "Depth", min: -5, max: 10, initial: 0 },
  host: {
    kind: "text",
    presence: "optional",
    valueName: "NAME",
    help: "Host name",
    expected: "a lower-case name",
    parse: (text: string) => /^[a-z]+$/.test(text) ? text : undefined,
  },
  offset: {
    kind: "text",
    presence: "optional",
    valueName: "INTEGER",
    help: "Offset",
    expected: "an integer",
    parse: (text: string) => /^-?\d+$/.test(text) ? BigInt(text) : undefined,
  },
  level: { kind: "choice", help: "Level", words: ["low", "middle", "high"], initial: "low" },
  form: { kind: "choice", help: "Form", words: ["text", "json"], initial: "text" },
  quiet: { kind: "switch", help: "Say nothing" },
} as const satisfies Flags;

const DEFAULTS = {
  port: 6969,
  depth: 0,
  host: undefined,
  offset: undefined,
  level: "low",
  form: "text",
  quiet: false,
};

const NAME = {
  kind: "text",
  valueName: "NAME",
  help: "A name",
  expected: "a name",
  parse: (text: string) => text === "" ? undefined : text,
} as const;
const REQUIRED = { name: { ...NAME, presence: "required" } } as const satisfies Flags;
const REPEATED = { name: { ...NAME, presence: "repeated" } } as const satisfies Flags;

function assertRuns(args: readonly string[], changed: Record<string, unknown>): void {
  const expected = { kind: "run", values: { ...DEFAULTS, ...changed } };
  assertEquals(parseCommandLine(args, FLAGS), expected, args.join(" "));
}

function assertMistake(args: readonly string[], message: string, flags: Flags = FLAGS): void {
  const commandLine = parseCommandLine(args, flags);
  const received = commandLine.kind === "mistake" ? commandLine.message : commandLine.kind;
  assertEquals(received, message, args.join(" "));
}

Deno.test("no arguments: every flag has its default", () => {
  assertRuns([], {});
});

Deno.test("one or two dashes, = or a space", () => {
  for (const args of [["-port=1"], ["-port", "1"], ["--port=1"], ["--port", "1"]]) {
    assertRuns(args, { port: 1 });
  }
});

Deno.test("what PowerShell breaks off a flag at its first dot belongs to it", () => {
  const server = {
    kind: "text",
    presence: "required",
    valueName: "HOST",
    help: "Server",
    expected: "a host",
    parse: (text: string) => text,
  } as const;
  const values = (...args: string[]) => parseCommandLine(args, { server, quiet: FLAGS.quiet });
  for (const quiet of [[], ["-quiet"]]) {
    assertEquals(values("-server=rendezvous", ".example.org:7000", ...quiet), {
      kind: "run",
      values: { server: "rendezvous.example.org:7000", quiet: quiet.length > 0 },
    });
  }
  // It breaks once, at the first dot, and only what begins with one dash.
  for (
    const args of [
      ["-server=a.b", ".c"],
      ["-server=a", ".b", ".c"],
      ["--server=a", ".b"],
      ["-server", "a", ".b"],
      ["-server=a", "b"],
    ]
  ) assertEquals(values(...args).kind, "mistake", args.join(" "));
});

Deno.test("every kind of flag, in any order", () => {
  const expected = { port: 7, depth: 10, host: "abc", level: "high", quiet: true };
  assertRuns(["-port=7", "-depth", "10", "--host=abc", "--level", "high", "-quiet"], expected);
  assertRuns(["-quiet", "--level", "high", "-host", "abc", "--depth=10", "-port", "7"], expected);
});

Deno.test("a flag given twice is a mistake, in whatever form", () => {
  const twice = 'Cannot use -port: expected it once, received "1" and "2"';
  assertMistake(["-port=1", "-port=2"], twice);
  assertMistake(["-port", "1", "--port", "2"], twice);
  assertMistake(["-port=1", "-quiet", "--port=2"], twice);
  assertMistake(["-port=1", "-port=1"], 'Cannot use -port: expected it once, received "1" and "1"');
  assertMistake(
    ["-quiet", "-quiet"],
    'Cannot use -quiet: expected it once, received "" and ""',
  );
});

Deno.test("a repeated flag has all its values, in their order; absent it has none", () => {
  const valuesOf = (...args: string[]) => parseCommandLine(args, REPEATED);
  assertEquals(valuesOf(), { kind: "run", values: { name: [] } });
  assertEquals(valuesOf("-name=b", "--name", "a"), { kind: "run", values: { name: ["b", "a"] } });
  const message = 'Cannot use -name: expected a name, received ""';
  assertMistake(["-name=a", "-name="], message, REPEATED);
});

Deno.test("a required flag that is missing is a mistake", () => {
  assertEquals(parseCommandLine(["-name=a"], REQUIRED), { kind: "run", values: { name: "a" } });
  assertMistake([], "Cannot use -name: expected a name, received nothing", REQUIRED);
});

Deno.test("integers include both ends of their range", () => {
  for (const port of [1, 65_535]) assertRuns([`-port=${port}`], { port });
  for (const depth of [-5, 0, 10]) assertRuns([`-depth=${depth}`], { depth });
});

Deno.test("a number below zero belongs to the flag before it", () => {
  assertRuns(["-depth", "-5"], { depth: -5 });
  assertRuns(["--depth", "-5", "-port", "1"], { depth: -5, port: 1 });
  assertRuns(["-offset", "-9223372036854775808"], { offset: -(2n ** 63n) });
  assertMistake(
    ["-port", "-5"],
    'Cannot use -port: expected an integer from 1 to 65535, received "-5"',
  );
  for (const args of [["-5"], ["-quiet", "-5"], ["-depth=1", "-5"]]) {
    assertMistake(args, 'Cannot use argument: expected a known flag, received "-5"');
  }
});

Deno.test("what is empty or begins with a dash, and is no flag, belongs to the flag before it", () => {
  const expected: readonly (readonly [name: string, expected: string])[] = [
    ["port", "an integer from 1 to 65535"],
    ["host", "a lower-case name"],
    ["level", "low, middle or high"],
  ];
  for (const [name, words] of expected) {
    for (const text of ["", "-", "--", "--5", "-.5", "-x", "--xyz=1", "-\u00e9"]) {
      const received = JSON.stringify(text);
      assertMistake(
        [`-${name}`, text],
        `Cannot use -${name}: expected ${words}, received ${received}`,
      );
    }
  }
  assertEquals(
    parseCommandLine(["-name", "-"], REQUIRED),
    { kind: "run", values: { name: "-" } },
  );
  assertMistake(["-quiet", ""], 'Cannot use -quiet: expected no value, received ""');
  assertMistake(["-quiet", "-"], 'Cannot use argument: expected flags only, received "-"');
});

Deno.test("a mistyped flag is no value of the flag before it", () => {
  assertMistake(
    ["-name", "-nmae=a"],
    'Cannot use argument: expected a known flag, received "-nmae"; did you mean -name?',
    REQUIRED,
  );
});

Deno.test("-- ends nothing here, and is a mistake", () => {
  const message = 'Cannot use argument: expected flags only, received "--"';
  for (const args of [["--"], ["-port=1", "--"], ["--", "-port", "1"], ["-quiet", "--"]]) {
    assertMistake(args, message);
  }
});

Deno.test("what is no name with one dash or two is told as it was given", () => {
  for (const argument of ["--5", "---port", "-.5", "-"]) {
    const meant = argument === "---port" ? "; did you mean -port?" : "";
    const message = `Cannot use argument: expected a known flag, received "${argument}"${meant}`;
    assertMistake([`${argument}=1`], message);
  }
});

Deno.test("-h, -help, --help, help, /? and -? ask for the usage, whatever else is there", () => {
  for (const help of ["-h", "-help", "--help", "--h", "help", "/?", "-?"]) {
    assertEquals(parseCommandLine([help], FLAGS), { kind: "help" }, help);
    assertEquals(parseCommandLine(["-port=1", help], FLAGS), { kind: "help" });
    assertEquals(parseCommandLine([help, "-port=x", "-unknown"], FLAGS), { kind: "help" });
    assertEquals(parseCommandLine([help], REQUIRED), { kind: "help" });
    assertEquals(parseCommandLine([help, "-version", "more"], FLAGS), { kind: "help" });
  }
  assertEquals(parseCommandLine(["-port", "-help"], FLAGS), { kind: "help" });
  assertRuns(["-host", "help"], { host: "help" });
});

Deno.test("version and -version ask for the version, even where a flag is required", () => {
  for (const version of ["version", "-version", "--version"]) {
    assertEquals(parseCommandLine([version], FLAGS), { kind: "version" }, version);
    assertEquals(parseCommandLine(["-port=1", version], FLAGS), { kind: "version" });
    assertEquals(parseCommandLine([version], REQUIRED), { kind: "version" });
  }
  assertMistake(
    ["version", "more"],
    'Cannot use argument: expected flags only, received "more"',
  );
});

Deno.test("what is no integer of the range is a mistake", () => {
  const bad = [
    "0",
    "65536",
    "99999999999999999999",
    "-1",
    "-0",
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
    if (text !== "") assertMistake(["-port", text], message);
  }
});

Deno.test("a flag without its value is a mistake", () => {
  const message = "Cannot use -port: expected an integer from 1 to 65535, received nothing";
  assertMistake(["-port"], message);
  assertMistake(["--port"], message);
  assertMistake(["-port", "-quiet"], message);
  assertMistake(["-host"], "Cannot use -host: expected a lower-case name, received nothing");
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
  assertMistake(["-version=yes"], 'Cannot use -version: expected no value, received "yes"');
});

Deno.test("a flag that does not exist is a mistake, and a near miss is named", () => {
  const unknown: readonly (readonly [flag: string, meant: string])[] = [
    ["-unknown", ""],
    ["--unknown", ""],
    ["-p", "; did you mean -port?"],
    ["-PORT", "; did you mean -port?"],
    ["-prot", "; did you mean -port?"],
    ["--ports", "; did you mean -port?"],
    ["-port.x", ""],
    ["-quite", "; did you mean -quiet?"],
    ["-hepl", "; did you mean -help?"],
    ["-no-port", ""],
    ["-no-quiet", ""],
    ["-toString", ""],
    ["-constructor", ""],
  ];
  for (const [flag, meant] of unknown) {
    const name = flag.replace(/^--/, "-");
    const message = `Cannot use argument: expected a known flag, received "${name}"${meant}`;
    assertMistake([flag], message);
    assertMistake([`${flag}=1`], message);
    assertMistake(["-port=1", flag], message);
  }
});

Deno.test("a positional argument is a mistake, and a flag without its dash is named", () => {
  const words = [["start", ""], ["6969", ""], ["port=1", "; did you mean -port?"], ["-", ""]];
  for (const [argument, meant] of [...words, ["", ""], ["true", ""]]) {
    const received = JSON.stringify(argument);
    const message = `Cannot use argument: expected flags only, received ${received}${meant}`;
    assertMistake([argument], message);
    assertMistake(["-port=1", argument], message);
    assertMistake(["--", argument], message);
  }
});

const BARE = {
  word: {
    kind: "text",
    presence: "optional",
    valueName: "WORD",
    help: "A word",
    expected: "a known word",
    parse: (text: string) => text.startsWith("open") ? text : undefined,
    secrecy: "hidden",
    form: "named or bare",
    refusal: (text: string) => `expected a word that opens, received ${text.length} characters`,
  },
  host: FLAGS.host,
  quiet: FLAGS.quiet,
} as const satisfies Flags;

Deno.test("words that belong to no flag are the value of the flag that may be bare", () => {
  const defaults = { word: undefined, host: undefined, quiet: false };
  const cases: readonly (readonly [args: readonly string[], values: Record<string, unknown>])[] = [
    [["-word=open"], { word: "open" }],
    [["open"], { word: "open" }],
    [["open", "-quiet"], { word: "open", quiet: true }],
    [["-quiet", "open"], { word: "open", quiet: true }],
    [["-host", "abc", "open"], { word: "open", host: "abc" }],
    [["-host=abc", "open"], { word: "open", host: "abc" }],
    [["open", "-quiet", "sesame", "-host", "abc", "now"], {
      word: "open sesame now",
      host: "abc",
      quiet: true,
    }],
  ];
  for (const [args, values] of cases) {
    const expected = { kind: "run", values: { ...defaults, ...values } };
    assertEquals(parseCommandLine(args, BARE), expected, args.join(" "));
  }
  for (const word of ["help", "version"] as const) {
    assertEquals(parseCommandLine([word, "open"], BARE), { kind: word });
    assertEquals(parseCommandLine(["-quiet", word], BARE), { kind: word });
  }
});

Deno.test("what is wrong with bare words is said of their flag, and they are not shown", () => {
  assertMistake(
    ["sesame", "street"],
    "Cannot use -word: expected a word that opens, received 13 characters",
    BARE,
  );
  assertMistake(
    ["open", "-word=open"],
    "Cannot use -word: expected it once, received 2 texts",
    BARE,
  );
  assertMistake(
    ["word=sesame"],
    'Cannot use argument: expected flags only, received "word"; did you mean -word?',
    BARE,
  );
  assertMistake(["-word"], "Cannot use -word: expected a known word, received nothing", BARE);
  assertMistake(["open", "--"], 'Cannot use argument: expected flags only, received "--"', BARE);
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

Deno.test("a mistake tells what is understood nevertheless", () => {
  const commandLine = parseCommandLine(["-port=0", "-form=json", "-level=loud", "-x"], FLAGS);
  assertEquals(commandLine.kind === "mistake" && commandLine.values, {
    depth: 0,
    host: undefined,
    offset: undefined,
    form: "json",
    quiet: false,
  });
});
