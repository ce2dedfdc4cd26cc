/**
 * The command line of a script.
 *
 * @module
 */

import { type Flags, type FlagValues, parseCommandLine, usage } from "../src/cli/command_line.ts";

/**
 * Reads the flags that this script was started with. When they ask for the usage or are wrong, says
 * so and exits, with 0 or 2.
 *
 * @param synopsis how to start the script
 */
export function readScriptFlags<F extends Flags>(synopsis: string, flags: F): FlagValues<F> {
  const commandLine = parseCommandLine(Deno.args, flags);
  const usageText = usage(synopsis, flags);
  switch (commandLine.kind) {
    case "help":
      console.log(usageText);
      return Deno.exit(0);
    case "mistake":
      console.error(`${commandLine.message}\n\n${usageText}`);
      return Deno.exit(2);
    case "run":
      return commandLine.values;
  }
}
