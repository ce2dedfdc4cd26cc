/**
 * The commands beside the server: the peers' `host`, `join`, `peer` and `probe`, and what looks at a
 * server, `check` and `top`.
 *
 * @module
 */

import type { Command, ExitCode } from "../cli/command.ts";
import type { Flags, FlagValues } from "../cli/flags.ts";
import { escapeHidden } from "../visible_text.ts";
import type { ProcessIo } from "../cli/process_io.ts";
import { denoPlatform, type Platform } from "../peer/mod.ts";
import { check } from "./check.ts";
import {
  CHECK_FLAGS,
  HOST_FLAGS,
  JOIN_FLAGS,
  PEER_FLAGS,
  PROBE_FLAGS,
  TOP_FLAGS,
} from "./flags.ts";
import { type CommandIo, commandIo } from "./io.ts";
import { runHost, runMeeting } from "./meet/meet.ts";
import { describeFindings, isGood, verdict } from "./probe/probe_report.ts";
import { probe } from "../peer/mod.ts";
import { describeError } from "./report.ts";
import { top } from "./top/top.ts";

/** A command of a peer: what it does once its surroundings are there. */
interface PeerCommand<F extends Flags> extends Omit<Command<F>, "run"> {
  readonly run: (values: FlagValues<F>, io: CommandIo) => Promise<ExitCode>;
}

const SHORT_SILENCES_MS = [5_000];
const LONG_SILENCES_MS = [5_000, 30_000, 60_000];

/** A command that was told to stop says goodbye for this long; the protocol allows 5 s in all. */
const STOP_TIMEOUT_MS = 3_000;

const HOST: PeerCommand<typeof HOST_FLAGS> = {
  summary: "Waits for peers that join, and exchanges datagrams with each of them",
  synopsis: "-server=HOST[:PORT] -local=PEERPORT [-forward=HOST:PORT]",
  flags: HOST_FLAGS,
  run: async ({ server, local, forward: forwardTo }, io) => {
    await runHost({ server, local, forwardTo }, io);
    return 0;
  },
};

const JOIN: PeerCommand<typeof JOIN_FLAGS> = {
  summary: "Meets a host, and exchanges datagrams with it",
  synopsis: "-server=HOST[:PORT] -local=PEERPORT -remote=IP/PEERPORT [-listen=HOST:PORT]",
  flags: JOIN_FLAGS,
  run: async ({ server, local, remote, listen: listenAt, linger }, io) => {
    const meeting = { server, local, remote, listenAt };
    await runMeeting({ mode: "join", ...meeting, lingerMs: linger * 1000 }, io);
    return 0;
  },
};

const PEER: PeerCommand<typeof PEER_FLAGS> = {
  summary: "Meets a peer that asks for this one as well, and exchanges datagrams with it",
  synopsis: "-server=HOST[:PORT] -local=PEERPORT -remote=IP/PEERPORT " +
    "[-forward=HOST:PORT | -listen=HOST:PORT]",
  flags: PEER_FLAGS,
  check: ({ forward, listen }) =>
    forward === undefined || listen === undefined
      ? undefined
      : "Cannot use peer: expected -forward or -listen, received both",
  run: async ({ server, local, remote, forward: forwardTo, listen: listenAt, linger }, io) => {
    const meeting = { server, local, remote, forwardTo, listenAt };
    await runMeeting({ mode: "peer", ...meeting, lingerMs: linger * 1000 }, io);
    return 0;
  },
};

const PROBE: PeerCommand<typeof PROBE_FLAGS> = {
  summary: "Says what this machine's network lets through",
  synopsis: "-server=HOST[:PORT] [-long] [-json]",
  flags: PROBE_FLAGS,
  run: async ({ server, long, json }, io) => {
    const { platform, signal, output } = io;
    const silencesMs = long ? LONG_SILENCES_MS : SHORT_SILENCES_MS;
    io.status(`probing ${server}, ${(silencesMs.at(-1) as number) / 1000} s`);
    const findings = await probe({ server, platform, signal, silencesMs, hairpin: "tried" });
    const sentence = verdict(findings);
    const lines = json
      ? [JSON.stringify({ verdict: sentence, findings })]
      : [...findings.flatMap(describeFindings), `verdict: ${sentence}`];
    // Reasons are the server's words.
    const text = lines.map((line) => `${escapeHidden(line)}\n`).join("");
    await output(new TextEncoder().encode(text));
    return isGood(findings) ? 0 : 1;
  },
};

const CHECK: PeerCommand<typeof CHECK_FLAGS> = {
  summary: "Has a server introduce this machine to itself, and says whether it did",
  synopsis: "-server=HOST[:PORT] [-timeout=S] [-json]",
  flags: CHECK_FLAGS,
  run: ({ server, timeout, json }, io) =>
    check({ server, timeoutMs: timeout * 1000, form: json ? "json" : "text" }, io),
};

const TOP: PeerCommand<typeof TOP_FLAGS> = {
  summary: "Shows what a server does, from its -http_port, until it is stopped",
  synopsis: "-http=HOST:PORT",
  flags: TOP_FLAGS,
  run: ({ http }, io) => top(http, io),
};

/** The commands by their names, on the sockets of `platform`. */
export function peerCommands(platform: Platform) {
  return {
    host: onPlatform(HOST, platform),
    join: onPlatform(JOIN, platform),
    peer: onPlatform(PEER, platform),
    probe: onPlatform(PROBE, platform),
    check: onPlatform(CHECK, platform),
    top: onPlatform(TOP, platform),
  } as const;
}

/** The commands of the program. */
export const PEER_COMMANDS: ReturnType<typeof peerCommands> = peerCommands(denoPlatform);

function onPlatform<F extends Flags>(command: PeerCommand<F>, platform: Platform): Command<F> {
  return {
    ...command,
    run: (values, process) => runUntilStopped(command, values, process, platform),
  };
}

async function runUntilStopped<F extends Flags>(
  command: PeerCommand<F>,
  values: FlagValues<F>,
  process: ProcessIo,
  platform: Platform,
): Promise<ExitCode> {
  const io = commandIo(process, platform);
  const { signal } = io;
  const overdue = Promise.withResolvers<ExitCode>();
  let cancel = () => {};
  const awaitEnd = () => {
    cancel = platform.clock.schedule(STOP_TIMEOUT_MS, () => overdue.resolve(0));
  };
  signal.addEventListener("abort", awaitEnd, { once: true });
  try {
    return await Promise.race([command.run(values, io), overdue.promise]);
  } catch (error) {
    if (signal.aborted) return 0;
    io.status(describeError(error));
    return 1;
  } finally {
    signal.removeEventListener("abort", awaitEnd);
    cancel();
  }
}
