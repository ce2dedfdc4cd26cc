import { assertEquals, assertStringIncludes } from "@std/assert";
import { program } from "../../main.ts";
import type { Program } from "../../src/cli/command.ts";
import { COMMON_FLAGS } from "../../src/cli/flags.ts";
import { manPage } from "../../src/cli/man_page.ts";
import { runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";

const PAGE = manPage(program, "2026-11-24");

/** What a formatter shows of a page, in lines of any length. */
function shown(page: string): string {
  return page.replace(/\\f[BIR]/g, "").replaceAll("\\-", "-");
}

/** `mandoc` has no flag that prints its version and succeeds. */
const withMandoc = needs(hasProgram("mandoc", "-l"), "mandoc");

Deno.test("the page names every command, every flag and every example", () => {
  const { main, commands, examples, name } = program;
  for (const { flags } of [main, ...Object.values(commands)]) {
    for (const flag of Object.keys({ ...flags, ...COMMON_FLAGS })) {
      assertStringIncludes(shown(PAGE), `-${flag}`);
    }
  }
  for (const command of Object.keys(commands)) assertStringIncludes(PAGE, `.SS "${command}"`);
  for (const { args } of examples) assertStringIncludes(shown(PAGE), `${name} ${args}`);
});

Deno.test("no text is taken for a macro or an escape", () => {
  const odd: Program = {
    ...program,
    description: [".TH is no macro here", "'neither is this; \\fB is no font"],
  };
  const page = manPage(odd, "2026-11-24");
  assertStringIncludes(page, "\n\\&.TH is no macro here\n");
  assertStringIncludes(page, "\n\\&'neither is this; \\efB is no font\n");
});

Deno.test("mandoc finds nothing to say about the page", withMandoc, async () => {
  const { code, stdout, stderr } = await runToEnd(["mandoc", "-T", "lint", "-W", "base"], {
    input: PAGE,
  });
  assertEquals([code, stdout, stderr], [0, "", ""]);
});

Deno.test("mandoc shows the page", withMandoc, async () => {
  const { stdout } = await runToEnd(["mandoc", "-T", "utf8", "-O", "width=200"], { input: PAGE });
  // Bold is a letter, a backspace and the letter again.
  const parts = stdout.split("\b");
  const plain = parts.map((part, i) => i < parts.length - 1 ? part.slice(0, -1) : part).join("");
  assertStringIncludes(plain, "containment_breach [-port=PORT]");
  assertStringIncludes(plain, "-log_level=debug|info|warn|error");
});
