/**
 * The program: the server, or one of the peers' commands when the first argument names one. Exit
 * code 0 after a clean stop, 1 for a failure (the server cannot listen, a peer cannot connect), 2
 * for a mistake on the command line or a Deno that is too old, 128 + signal after a second signal.
 *
 * @module
 */

import { runProgram } from "./src/cli/command.ts";
import { DenoProcess } from "./src/cli/process_io.ts";
import { PEER_COMMANDS } from "./src/commands/mod.ts";
import { SERVER_COMMAND } from "./src/server/command.ts";
import { PROGRAM, runtimeFault, VERSION } from "./src/version.ts";

if (import.meta.main) {
  const process = new DenoProcess();
  const program = {
    name: PROGRAM,
    version: VERSION,
    fault: runtimeFault(Deno.version.deno),
    main: SERVER_COMMAND,
    commands: PEER_COMMANDS,
  };
  await process.exit(await runProgram(program, Deno.args, process));
}
