import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { program } from "../../main.ts";
import { COMMON_FLAGS, type Flags } from "../../src/cli/flags.ts";
import { completions, SHELLS } from "../../src/cli/completions.ts";
import { runToEnd } from "../support/child_process.ts";
import { HAS_TERMINALS } from "../support/terminal.ts";
import { hasProgram, needs } from "../support/needs.ts";

/** What is typed, with `\t` for the Tab key, and the arguments that the program then gets. */
const TYPED: readonly (readonly [typed: string, args: readonly string[]])[] = [
  ["-log_le\tde\t", ["-log_level=debug"]],
  ["-log_f\tj\t", ["-log_format=json"]],
  ["-log_level wa\t", ["-log_level", "warn"]],
  ["-po\t7000 -max_s\t9", ["-port=7000", "-max_sessions=9"]],
  ["pro\t-js\t", ["probe", "-json"]],
  ["host -tok\t5 -f\t127.0.0.1:1", ["host", "-token=5", "-forward=127.0.0.1:1"]],
  ["help pr\t", ["help", "probe"]],
  ["host -log_le\t", ["host", "-log_le"]],
];

/** Only bash offers two dashes, and keeps silent about a flag that can be given once. */
const TYPED_IN_BASH: typeof TYPED = [
  ...TYPED,
  ["--log_le\tde\t", ["--log_level=debug"]],
  ["-port=1 -po\t", ["-port=1", "-po"]],
  ["-host=::1 -ho\t::2", ["-host=::1", "-host=::2"]],
];

/** A shell function in the program's place, which shows its arguments. */
const SHOW_ARGUMENTS = `${program.name}() { printf "%s\\n" "$*" >> arguments; }`;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "completions " });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Types into an interactive shell, whose folder has the completions in `file`. */
async function type(
  command: readonly string[],
  { typed, cwd, before }: { typed: typeof TYPED; cwd: string; before: string },
): Promise<void> {
  const lines = typed.map(([line]) => `${program.name} ${line}`);
  await runToEnd(command, {
    cwd,
    env: { TERM: "dumb", HISTFILE: "" },
    input: [before, SHOW_ARGUMENTS, ...lines, "exit", ""].join("\n"),
  });
  const received = (await Deno.readTextFile(`${cwd}/arguments`)).trimEnd().split("\n");
  assertEquals(received, typed.map(([, args]) => args.join(" ")));
}

Deno.test("every shell is offered every command and every flag of it", () => {
  for (const shell of SHELLS) {
    const text = completions(program, shell);
    for (
      const [command, { flags }] of Object.entries({ main: program.main, ...program.commands })
    ) {
      assertStringIncludes(text, command, shell);
      const all: Flags = { ...flags, ...COMMON_FLAGS };
      for (const [name, { kind }] of Object.entries(all)) {
        assertStringIncludes(text, kind === "switch" ? `-${name}` : `-${name}=`, shell);
      }
    }
  }
});

Deno.test("what a flag does is quoted for its shell", () => {
  const help = "The peer's [own] number";
  const flags = { own: { kind: "switch", help } } as const;
  const odd = { ...program, main: { ...program.main, flags } };
  assertStringIncludes(completions(odd, "zsh"), `'-own[The peer'\\''s \\[own\\] number]'`);
  assertStringIncludes(completions(odd, "powershell"), "Help = 'The peer''s [own] number'");
});

const hasBash = Deno.build.os !== "windows" && hasProgram("bash");

Deno.test("bash completes what is typed", needs(hasBash, "bash on a Unix"), async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/file`, completions(program, "bash"));
    await type(["bash", "--norc", "-i"], { typed: TYPED_IN_BASH, cwd, before: "source ./file" });
  });
});

const withZsh = needs(HAS_TERMINALS && hasProgram("zsh"), "zsh and script");

Deno.test("zsh completes what is typed", withZsh, async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/_${program.name}`, completions(program, "zsh"));
    const before = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D";
    await type(["script", "-qec", "zsh -f -i", "/dev/null"], { typed: TYPED, cwd, before });
  });
});

Deno.test("the PowerShell file is balanced and ends where it should", () => {
  const text = completions(program, "powershell").replace(/'(?:[^']|'')*'/g, "");
  for (const [open, close] of ["{}", "()", "[]"]) {
    assertEquals(text.split(open).length, text.split(close).length, open + close);
  }
  assert(text.endsWith("}\n"));
});
