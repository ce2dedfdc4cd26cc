/**
 * The peers' commands: `host`, `join`, `peer` and `probe`.
 *
 * @module
 */

import {
  type CommandLine,
  type Flags,
  type FlagValues,
  parseCommandLine,
  usage,
} from "../cli/command_line.ts";
import { HOST_FLAGS, JOIN_FLAGS, PEER_FLAGS, PROBE_FLAGS } from "./flags.ts";
import { type CommandIo, UsageError } from "./io.ts";
import { runHost, runMeeting } from "./meet/meet.ts";
import { describeFindings, isGood, verdict } from "./probe/probe_report.ts";
import { probe } from "../peer/mod.ts";
import { describeError } from "./report.ts";

/** Exit codes: 0 for success, 1 for a failure, 2 for a mistake on the command line. */
export type ExitCode = 0 | 1 | 2;

/** A command. */
interface Command<F extends Flags> {
  readonly synopsis: string;
  readonly flags: F;
  readonly required: readonly (keyof F & string)[];
  readonly run: (values: FlagValues<F>, io: CommandIo) => Promise<ExitCode>;
}

const SHORT_SILENCES_MS = [5_000];
const LONG_SILENCES_MS = [5_000, 30_000, 60_000];

const HOST: Command<typeof HOST_FLAGS> = {
  synopsis: "host -server=HOST[:PORT] -local=PEERPORT [-forward=HOST:PORT]",
  flags: HOST_FLAGS,
  required: ["server", "local"],
  run: async ({ server, local, forward: forwardTo }, io) => {
    await runHost({ server: server!, local: local!, forwardTo }, io);
    return 0;
  },
};

const JOIN: Command<typeof JOIN_FLAGS> = {
  synopsis: "join -server=HOST[:PORT] -local=PEERPORT -remote=IP/PEERPORT [-listen=HOST:PORT]",
  flags: JOIN_FLAGS,
  required: ["server", "local", "remote"],
  run: async ({ server, local, remote, listen: listenAt, linger }, io) => {
    const meeting = { server: server!, local: local!, remote: remote!, listenAt };
    await runMeeting({ mode: "join", ...meeting, lingerMs: linger * 1000 }, io);
    return 0;
  },
};

const PEER: Command<typeof PEER_FLAGS> = {
  synopsis: "peer -server=HOST[:PORT] -local=PEERPORT -remote=IP/PEERPORT " +
    "[-forward=HOST:PORT | -listen=HOST:PORT]",
  flags: PEER_FLAGS,
  required: ["server", "local", "remote"],
  run: async ({ server, local, remote, forward: forwardTo, listen: listenAt, linger }, io) => {
    if (forwardTo !== undefined && listenAt !== undefined) {
      throw new UsageError("Cannot use peer: expected -forward or -listen, received both");
    }
    const meeting = { server: server!, local: local!, remote: remote!, forwardTo, listenAt };
    await runMeeting({ mode: "peer", ...meeting, lingerMs: linger * 1000 }, io);
    return 0;
  },
};

const PROBE: Command<typeof PROBE_FLAGS> = {
  synopsis: "probe -server=HOST[:PORT] [-long] [-json]",
  flags: PROBE_FLAGS,
  required: ["server"],
  run: async ({ server, long, json }, io) => {
    const { platform, signal, output } = io;
    const silencesMs = long ? LONG_SILENCES_MS : SHORT_SILENCES_MS;
    io.status(`probing ${server}, ${(silencesMs.at(-1) as number) / 1000} s`);
    const findings = await probe({ server: server!, platform, signal, silencesMs });
    const sentence = verdict(findings);
    const text = json
      ? JSON.stringify({ verdict: sentence, findings })
      : [...findings.flatMap(describeFindings), `verdict: ${sentence}`].join("\n");
    await output(new TextEncoder().encode(`${text}\n`));
    return isGood(findings) ? 0 : 1;
  },
};

const COMMANDS = { host: HOST, join: JOIN, peer: PEER, probe: PROBE } as const;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Synopses of all commands, for the usage of the program. */
export const COMMAND_SYNOPSES: readonly string[] = Object.values(COMMANDS)
  .map(({ synopsis }) => synopsis);

/** Whether a first argument names a command. */
export function isCommand(argument: string | undefined): argument is CommandName {
  return argument !== undefined && Object.hasOwn(COMMANDS, argument);
}

/**
 * Runs a command.
 *
 * @param program name of the executable, for the usage
 * @returns the exit code of the process; what went wrong was written to `io.status`
 */
export function runCommand(
  name: CommandName,
  args: readonly string[],
  program: string,
  io: CommandIo,
): Promise<ExitCode> {
  // Each command fits its own flags; together they only share this shape.
  return run(name, COMMANDS[name] as unknown as Command<Flags>, args, program, io);
}

async function run(
  name: CommandName,
  command: Command<Flags>,
  args: readonly string[],
  program: string,
  io: CommandIo,
): Promise<ExitCode> {
  const usageText = usage(`${program} ${command.synopsis}`, command.flags);
  const commandLine = withRequired(name, parseCommandLine(args, command.flags), command.required);
  if (commandLine.kind === "help") {
    await io.output(new TextEncoder().encode(`${usageText}\n`));
    return 0;
  }
  try {
    if (commandLine.kind === "mistake") throw new UsageError(commandLine.message);
    return await command.run(commandLine.values, io);
  } catch (error) {
    if (io.signal.aborted) return 0;
    io.status(describeError(error));
    if (!(error instanceof UsageError)) return 1;
    io.status(`\n${usageText}`);
    return 2;
  }
}

function withRequired(
  name: CommandName,
  commandLine: CommandLine<Flags>,
  required: readonly string[],
): CommandLine<Flags> {
  if (commandLine.kind !== "run") return commandLine;
  const missing = required.find((name) => commandLine.values[name] === undefined);
  if (missing === undefined) return commandLine;
  return {
    kind: "mistake",
    message: `Cannot use ${name}: expected -${missing}, received nothing`,
  };
}
