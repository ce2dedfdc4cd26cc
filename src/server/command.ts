/**
 * The server as a command: flags in, a server until a signal stops it.
 *
 * @module
 */

import { formatEndpoint } from "../address.ts";
import { type Clock, systemClock } from "../clock.ts";
import {
  type Command,
  type ExitCode,
  type SaidMistake,
  sayMistakeInTwoLines,
} from "../cli/command.ts";
import type { LineOutput, ProcessIo } from "../cli/process_io.ts";
import { describeIgnored, type Stops, type StopSignal } from "../cli/stop_signals.ts";
import { SHORT_LEASE_TIMEOUT_S } from "../limits.ts";
import type { Watching } from "../http/watch.ts";
import { ListenError, listenError } from "../net/listen.ts";
import { PROGRAM, VERSION } from "../version.ts";
import { type Log, openLog } from "./log.ts";
import { EXPORTS_TELEMETRY } from "./runtime_telemetry.ts";
import { Server } from "./server.ts";
import {
  mistakeAmong,
  rendezvousSettings,
  SERVER_FLAGS,
  type ServerFlagValues,
} from "./server_flags.ts";

/** Where the status is shown unless the operator says otherwise: to this machine alone. */
const LOOPBACK = "127.0.0.1";

/** What the program does when its first argument names no other command. */
export const SERVER_COMMAND: Command<typeof SERVER_FLAGS> = {
  summary: "Serves until a signal stops it: introduces peers to each other",
  synopsis: "[-port=PORT] [-lease_timeout=TIMEOUT] [...]",
  flags: SERVER_FLAGS,
  check: mistakeAmong,
  sayMistake,
  run: serve,
};

/** Serves until a signal asks for the end. @returns 1 when it cannot listen */
async function serve(values: ServerFlagValues, io: ProcessIo): Promise<ExitCode> {
  const log = openLog(values.log_level, values.log_format, io);
  const { host, port } = values;
  let server: Server | undefined;
  let watch: Watching | undefined;
  try {
    const abuseLog = values.abuse_log ? "on" : "off";
    server = new Server({ host, port, settings: rendezvousSettings(values), log, abuseLog });
    watch = await startWatch(server, values);
  } catch (error) {
    await server?.stop();
    if (!(error instanceof ListenError)) throw error;
    if (values.log_format === "json") log.error(error.message);
    else io.status(error.message);
    return 1;
  }
  // Before the first line: who reads it may send a signal at once.
  const stopped = stopSignal(values.drain, io.stops, log, {
    onDrain: (durationMs) => server.drain(durationMs),
  });
  sayStart(server, values, log);
  if (watch?.url !== undefined) log.info(`shows its status at ${watch.url}`, { url: watch.url });
  const { name } = await stopped;
  const told = await server.stop();
  await watch?.close();
  log.info(`stopped after ${name}; told ${told} open sessions`, { signal: name, sessions: told });
  return 0;
}

/**
 * Lets the server be watched, where somebody asked for it: what that takes runs only then. (It is
 * read before, since a path that is not written out would need the permission to read.)
 *
 * @throws {ListenError} when it cannot listen
 */
async function startWatch(
  { observed }: Server,
  { http_port, http_host = LOOPBACK, http_show_peers }: ServerFlagValues,
): Promise<Watching | undefined> {
  if (http_port === 0 && !EXPORTS_TELEMETRY) return undefined;
  const { watch } = await import("../http/watch.ts");
  const peers = http_show_peers ? "shown" : "hidden";
  const http = http_port === 0
    ? undefined
    : { hostname: http_host, port: http_port, peers } as const;
  try {
    return await watch({
      ...{ source: observed, clock: systemClock, http },
      telemetry: EXPORTS_TELEMETRY ? "exported" : "off",
    });
  } catch (error) {
    const flags = { host: "-http_host", port: "-http_port" };
    throw listenError(error, { hostname: http_host, port: http_port, protocol: "TCP", flags });
  }
}

function sayStart(server: Server, { lease_timeout }: ServerFlagValues, log: Log): void {
  const endpoints = server.endpoints.map(formatEndpoint);
  log.info(`${PROGRAM} ${VERSION} listens on ${endpoints.join(" and ")}, UDP and TCP`, {
    version: VERSION,
    endpoints,
  });
  if (lease_timeout >= SHORT_LEASE_TIMEOUT_S) return;
  log.warn(
    `-lease_timeout=${lease_timeout} is short: peers that do not know it and register every ` +
      `${SHORT_LEASE_TIMEOUT_S} s lose their lease; expected ${SHORT_LEASE_TIMEOUT_S} or more`,
    { lease_timeout },
  );
}

/** What {@linkcode stopSignal} works with. */
export interface StopSignalOptions {
  /** Default: the clock of this process. */
  readonly clock?: Clock;
  /** Told of the first signal, when there is a time in which the server serves on. */
  readonly onDrain: (durationMs: number) => void;
}

/**
 * Resolves when the server is to stop: `drainS` seconds after the first signal, or at a second one.
 * A further one finds nobody waiting, and ends the process.
 */
export async function stopSignal(
  drainS: number,
  stops: Stops,
  log: Log,
  { clock = systemClock, onDrain }: StopSignalOptions,
): Promise<StopSignal> {
  stops.onIgnored((ignored) => log.info(describeIgnored(ignored), { signal: ignored.name }));
  const first = await stops.next();
  if (drainS === 0) return first;
  onDrain(drainS * 1000);
  const over = new AbortController();
  const cancel = clock.schedule(drainS * 1000, () => over.abort());
  log.info(`${first.name}: serves for ${drainS} s more, then stops; a second signal stops it now`, {
    signal: first.name,
    drain: drainS,
  });
  const second = await stops.next(over.signal);
  cancel();
  return second ?? first;
}

/** In the form that the log was to have, as far as that is understood. */
function sayMistake(
  { message, help, values }: SaidMistake<typeof SERVER_FLAGS>,
  lines: LineOutput,
): void {
  if (values.log_format !== "json") return sayMistakeInTwoLines({ message, help }, lines);
  openLog("error", "json", lines).error(`${message}; run "${help}" for the usage`, { help });
}
