/**
 * The commands beside the server: the peers' `host`, `join`, `peer` and `probe`, and what looks at a
 * server, `check` and `top`.
 *
 * @module
 */

import {
  type Command,
  type ExitCode,
  type SaidMistake,
  sayMistakeInTwoLines,
} from "../cli/command.ts";
import type { Flags, FlagValues } from "../cli/flags.ts";
import type { LineOutput, ProcessIo } from "../cli/process_io.ts";
import { type Platform, probe, systemPlatform } from "../peer/mod.ts";
import { formatHostPort } from "../peer/names.ts";
import { escapeHidden } from "../visible_text.ts";
import { check } from "./check.ts";
import { startOf } from "./command_lines.ts";
import {
  CHECK_FLAGS,
  HOST_FLAGS,
  JOIN_FLAGS,
  PEER_FLAGS,
  PROBE_FLAGS,
  TOP_FLAGS,
} from "./flags.ts";
import { type CommandIo, commandIo } from "./io.ts";
import { LONG_SILENCES_MS, SILENCES_MS, STOP_TIMEOUT_MS } from "./limits.ts";
import { runHost } from "./meet/host.ts";
import {
  checkPeer,
  checkRemote,
  meansOf,
  type PlaceValues,
  serverOf,
  taskOf,
} from "./meet/flag_checks.ts";
import { identify } from "./meet/identity.ts";
import { runMeeting } from "./meet/meeting.ts";
import { pipeUse } from "./meet/pipe.ts";
import { describeFindings, isGood, verdict } from "./probe/probe_report.ts";
import { describeError, Report } from "./report.ts";
import { checkStatusFlags, type StatusValues, statusWriter } from "./status.ts";
import { top } from "./top/top.ts";

/** What commands say about themselves, and about whom, as far as they have flags for it. */
type CommonValues = Partial<StatusValues> & PlaceValues;

/** A command of a peer: what it does once its surroundings are there. */
interface PeerCommand<F extends Flags> extends Omit<Command<F>, "run"> {
  readonly run: (values: FlagValues<F>, io: CommandIo) => Promise<ExitCode>;
}

const HOST: PeerCommand<typeof HOST_FLAGS> = {
  summary: "Waits for peers that join: for a stream with the first, or datagrams with each of them",
  synopsis: "-server=HOST[:PORT] [-code=CODE | -local=PEERPORT] [-secret=TEXT] [-wait=on|off] " +
    "[-forward=[tcp:]HOST:PORT | -datagrams] [-once] [...]",
  flags: HOST_FLAGS,
  check: checkPeer,
  run: async (values, io) => {
    const { forward: forwardTo, max_flows: maxFlows, once, linger } = values;
    const identity = await identify(values, { task: taskOf(values), lacking: "make a code" }, io);
    const takes = once ? "one joiner" : "any number";
    const pipe = { use: pipeUse(io, values), lingerMs: linger * 1000 };
    await runHost({ ...identity, forwardTo, maxFlows, takes, pipe }, io);
    return 0;
  },
};

const JOIN: PeerCommand<typeof JOIN_FLAGS> = {
  summary: "Meets a host, for a stream each way, or datagrams",
  synopsis: [
    "HOST[:PORT]/CODE [-secret=TEXT] [-wait=on|off] [-listen=[tcp:][HOST:]PORT] [...]",
    "-server=HOST[:PORT] {CODE | -remote=IP/PEERPORT} [-local=PEERPORT] [...]",
  ],
  flags: JOIN_FLAGS,
  check: (values) => checkPeer(values) ?? checkRemote(values),
  run: async (values, io) => {
    const { remote, listen: listenAt, linger } = values;
    const settings = { task: taskOf(values), lacking: "choose a number" } as const;
    const identity = await identify(values, settings, io);
    const pipe = { use: pipeUse(io, values), lingerMs: linger * 1000 };
    await runMeeting({ mode: "join", ...identity, remote, listenAt, maxFlows: 0, pipe }, io);
    return 0;
  },
};

const PEER: PeerCommand<typeof PEER_FLAGS> = {
  summary: "Meets a peer that asks for this one as well, for a stream each way, or datagrams",
  synopsis: "-server=HOST[:PORT] {-code=CODE | -remote=IP/PEERPORT} [-local=PEERPORT] " +
    "[-secret=TEXT] [-wait=on|off] [-forward=[tcp:]HOST:PORT | -listen=[tcp:][HOST:]PORT] [...]",
  flags: PEER_FLAGS,
  check: (values) =>
    values.forward === undefined || values.listen === undefined
      ? checkPeer(values) ?? checkRemote(values)
      : "Cannot use peer: expected -forward or -listen, received both",
  run: async (values, io) => {
    const { remote, forward: forwardTo, max_flows: maxFlows, listen: listenAt, linger } = values;
    const settings = { task: taskOf(values), lacking: "choose a number" } as const;
    const identity = await identify(values, settings, io);
    const pipe = { use: pipeUse(io, values), lingerMs: linger * 1000 };
    const meeting = { ...identity, remote, forwardTo, maxFlows, listenAt, pipe };
    await runMeeting({ mode: "peer", ...meeting }, io);
    return 0;
  },
};

const PROBE: PeerCommand<typeof PROBE_FLAGS> = {
  summary: "Says what this machine's network lets through",
  synopsis: "-server=HOST[:PORT] [-long] [-quiet] [-v] [-json]",
  flags: PROBE_FLAGS,
  check: checkStatusFlags,
  run: async ({ server, long, json }, io) => {
    const { platform, signal, output } = io;
    const silencesMs = long ? LONG_SILENCES_MS : SILENCES_MS;
    const name = formatHostPort(server);
    const text = `probing ${name}, ${(silencesMs.at(-1) as number) / 1000} s`;
    io.say({ level: "info", kind: "probing", text, members: { server: name } });
    const findings = await probe({ server: name, platform, signal, silencesMs, hairpin: "tried" });
    const sentence = verdict(findings);
    const lines = json
      ? [JSON.stringify({ verdict: sentence, findings })]
      : [...findings.flatMap(describeFindings), `verdict: ${sentence}`];
    // Reasons are the server's words.
    const printed = lines.map((line) => `${escapeHidden(line)}\n`).join("");
    await output(new TextEncoder().encode(printed));
    return isGood(findings) ? 0 : 1;
  },
};

const CHECK: PeerCommand<typeof CHECK_FLAGS> = {
  summary: "Has a server introduce this machine to itself, and says whether it did",
  synopsis: "-server=HOST[:PORT] [-timeout=S] [-json]",
  flags: CHECK_FLAGS,
  run: ({ server, timeout, json }, io) => {
    const form = json ? "json" : "text";
    return check({ server: formatHostPort(server), timeoutMs: timeout * 1000, form }, io);
  },
};

const TOP: PeerCommand<typeof TOP_FLAGS> = {
  summary: "Shows what a server does, from its -http_port, until it is stopped",
  synopsis: "-http=HOST:PORT",
  flags: TOP_FLAGS,
  run: ({ http }, io) => top(http, io),
};

/**
 * The commands by their names, on the sockets of `platform`.
 *
 * @param start how people start the program, see {@linkcode startOf}
 */
export function peerCommands(platform: Platform, start: string) {
  const surroundings = { platform, start };
  return {
    host: inSurroundings(HOST, surroundings),
    join: inSurroundings(JOIN, surroundings),
    peer: inSurroundings(PEER, surroundings),
    probe: inSurroundings(PROBE, surroundings),
    check: inSurroundings(CHECK, surroundings),
    top: inSurroundings(TOP, surroundings),
  } as const;
}

/** The commands of the program. */
export const PEER_COMMANDS: ReturnType<typeof peerCommands> = peerCommands(
  systemPlatform,
  startOf(Deno),
);

/** What a command has besides its process. */
type Surroundings = Pick<CommandIo, "platform" | "start">;

function inSurroundings<F extends Flags>(
  command: PeerCommand<F>,
  surroundings: Surroundings,
): Command<F> {
  return {
    ...command,
    sayMistake,
    run: (values, process) =>
      // What these commands have in common means the same in each of them.
      runUntilStopped(command, values as FlagValues<F> & CommonValues, process, surroundings),
  };
}

/** In the form that the status was to have, as far as that is understood. */
function sayMistake<F extends Flags>(
  { message, help, values }: SaidMistake<F>,
  lines: LineOutput,
): void {
  const { json }: Partial<StatusValues> = values;
  if (!json) return sayMistakeInTwoLines({ message, help }, lines);
  const say = statusWriter({ quiet: false, v: false, json }, (line) => lines.status(line));
  const text = `${message}; run "${help}" for the usage`;
  say({ level: "error", kind: "mistake", text, members: { help } });
}

async function runUntilStopped<F extends Flags>(
  command: PeerCommand<F>,
  values: FlagValues<F> & CommonValues,
  process: ProcessIo,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const io = commandIo(process, surroundings, { quiet: false, v: false, json: false, ...values });
  const { signal } = io;
  const overdue = Promise.withResolvers<ExitCode>();
  let cancel = () => {};
  const awaitEnd = () => {
    cancel = io.platform.clock.schedule(STOP_TIMEOUT_MS, () => overdue.resolve(0));
  };
  signal.addEventListener("abort", awaitEnd, { once: true });
  try {
    const code = await Promise.race([command.run(values, io), overdue.promise]);
    return signal.aborted && sayUnfinished(io) ? 1 : code;
  } catch (error) {
    if (signal.aborted) return sayUnfinished(io) ? 1 : 0;
    // Who reads standard output has gone: that is the end of a pipe, and no fault.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    sayFailure(error, values, io);
    return 1;
  } finally {
    signal.removeEventListener("abort", awaitEnd);
    cancel();
  }
}

/** Says what a stop leaves unfinished. @returns whether there is anything */
function sayUnfinished({ unfinished, say }: CommandIo): boolean {
  for (const { direction, extent, bytes } of unfinished) {
    const text = `stopped before all was known to have arrived: ${direction} ${extent}`;
    say({ level: "error", kind: "stopped", text, members: { direction, bytes } });
  }
  return unfinished.size > 0;
}

/** What to do about it depends on the server and the peer, where there are some. */
function sayFailure(error: unknown, values: CommonValues, { start, say }: CommandIo): void {
  const server = serverOf(values);
  if (server === undefined) return say(describeError(error, "error"));
  const { remote } = values;
  new Report({ start, server, by: meansOf(values), remote }, say).error(error, "error");
}
