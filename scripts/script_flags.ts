/**
 * The command line of a script.
 *
 * @module
 */

import { sayMistakeInTwoLines } from "../src/cli/command.ts";
import { parseCommandLine } from "../src/cli/command_line.ts";
import type { Flags, FlagValues } from "../src/cli/flags.ts";
import { usage } from "../src/cli/usage.ts";
import { PROGRAM, VERSION } from "../src/version.ts";

/**
 * Reads the flags that this script was started with. When they ask for something or are wrong, says
 * so and exits, with 0 or 2.
 *
 * @param synopsis how to start the script
 */
export function readScriptFlags<F extends Flags>(synopsis: string, flags: F): FlagValues<F> {
  const commandLine = parseCommandLine(Deno.args, flags);
  switch (commandLine.kind) {
    case "help":
      console.log(usage([synopsis], flags).join("\n"));
      return Deno.exit(0);
    case "version":
      console.log(`${PROGRAM} ${VERSION}`);
      return Deno.exit(0);
    case "mistake":
      sayMistakeInTwoLines(
        { message: commandLine.message, help: synopsis.replace(/ \[.*$/, " -help") },
        { status: console.error },
      );
      return Deno.exit(2);
    case "run":
      return commandLine.values;
  }
}
