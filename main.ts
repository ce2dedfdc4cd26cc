/**
 * The program: command line in, server out; or one of the peers' commands, when the first argument
 * names one. Exit code 0 after a clean stop, 1 for a failure (the server cannot listen, a peer
 * cannot connect), 2 for a mistake on the command line, 128 + signal after a second signal.
 *
 * @module
 */

import { formatEndpoint } from "./src/address.ts";
import { type FlagValues, parseCommandLine, usage } from "./src/cli/command_line.ts";
import { type Log, openLog } from "./src/server/log.ts";
import { ListenError } from "./src/net/listen.ts";
import { denoIo } from "./src/commands/deno_io.ts";
import { COMMAND_SYNOPSES, isCommand, runCommand } from "./src/commands/mod.ts";
import { Server } from "./src/server/server.ts";
import { rendezvousSettings, SERVER_FLAGS } from "./src/server/server_flags.ts";
import { PROGRAM, VERSION } from "./src/version.ts";

const STOP_SIGNALS = Deno.build.os === "windows"
  ? [["SIGINT", 2], ["SIGBREAK", 21]] as const
  : [["SIGINT", 2], ["SIGTERM", 15]] as const;

if (import.meta.main) {
  const [command, ...args] = Deno.args;
  if (isCommand(command)) Deno.exit(await runCommand(command, args, PROGRAM, denoIo()));
  main(Deno.args);
}

function main(args: readonly string[]): void {
  const commandLine = parseCommandLine(args, SERVER_FLAGS);
  const synopses = ["[-port=PORT] [-lease_timeout=TIMEOUT] [...]", ...COMMAND_SYNOPSES];
  const usageText = usage(
    synopses.map((synopsis) => `${PROGRAM} ${synopsis}`).join("\n       "),
    SERVER_FLAGS,
  );
  switch (commandLine.kind) {
    case "help":
      return console.log(usageText);
    case "mistake":
      console.error(`${commandLine.message}\n\n${usageText}`);
      Deno.exitCode = 2;
      return;
    case "run":
      if (commandLine.values.version) return console.log(`${PROGRAM} ${VERSION}`);
      return serve(commandLine.values);
  }
}

function serve(values: FlagValues<typeof SERVER_FLAGS>): void {
  const log = openLog(values.log_level, values.log_format);
  const { host, port } = values;
  let server: Server;
  try {
    server = new Server({ host, port, settings: rendezvousSettings(values), log });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
  // Before the first line: who reads it may send a signal at once.
  stopOnSignals(server, log);
  const endpoints = server.endpoints.map(formatEndpoint);
  log.info(`${PROGRAM} ${VERSION} listens on ${endpoints.join(" and ")}, UDP and TCP`, {
    version: VERSION,
    endpoints,
  });
}

function stopOnSignals(server: Server, log: Log): void {
  let stopping = false;
  for (const [signal, number] of STOP_SIGNALS) {
    Deno.addSignalListener(signal, async () => {
      if (stopping) Deno.exit(128 + number);
      stopping = true;
      const told = await server.stop();
      log.info(`stopped after ${signal}; told ${told} open sessions`, { signal, sessions: told });
      Deno.exit(0);
    });
  }
}
