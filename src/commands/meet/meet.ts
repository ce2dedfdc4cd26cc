/**
 * `host`, `join` and `peer`.
 *
 * @module
 */

import { formatEndpoint } from "../../address.ts";
import type { PeerPort } from "../../protocol/message.ts";
import type { Connection, ConnectionEnding } from "../../peer/socket/connection.ts";
import { PeerError } from "../../peer/errors.ts";
import { type Host, host } from "../../peer/host.ts";
import { connect, join } from "../../peer/join.ts";
import {
  ANNOUNCE_ATTEMPTS,
  ANNOUNCE_PAUSE_MS,
  RECONNECT,
  SESSION_SOUND_MS,
} from "../../peer/limits.ts";
import type { HostPort } from "../../peer/names.ts";
import type { PeerEvent, PeerOptions, Wait } from "../../peer/mod.ts";
import { Backoff } from "../../async/backoff.ts";
import { sleep } from "../../async/waiting.ts";
import { FlowListener, forward, resolveEndpoint } from "../forward/forward.ts";
import type { CommandIo } from "../io.ts";
import { pipe, pipeIn, pipeOut } from "./pipe.ts";
import { describeConnection, describeError, describeEvent } from "../report.ts";

/** Who this peer is and where it asks. */
export interface Identity {
  readonly server: string;
  readonly local: PeerPort;
}

/** Hosts until it is ended; without `forwardTo` as a pipe to all clients. */
export async function runHost(
  identity: Identity & { readonly forwardTo: HostPort | undefined },
  io: CommandIo,
): Promise<void> {
  const { forwardTo } = identity;
  const target = forwardTo && await resolveEndpoint(io.platform, forwardTo);
  const options = peerOptions(identity, io, waitOf(forwardTo));
  const running: { hosting?: Host } = {};
  const onEvent = (event: PeerEvent) => {
    options.onEvent?.(event);
    if (event.kind === "asked" && running.hosting !== undefined) announce(running.hosting, io);
  };
  const hosting = await host({ ...options, onEvent });
  running.hosting = hosting;
  announce(hosting, io);
  const connections = new Set<Connection>();
  let input: Promise<void> | undefined;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    hosting.close();
  };
  for await (const connection of hosting) {
    io.status(describeConnection(connection));
    connections.add(connection);
    // From the first client on, so that what was piped in is not lost before.
    if (target === undefined) input ??= pipeIn(connections, io).catch(fail);
    const work = target === undefined
      ? pipeOut(connection, io)
      : forward(io.platform, connection, target, io.status);
    work.then(async () => {
      connections.delete(connection);
      io.status(`${await connection.ended}: ${connection.remoteName}`);
    }).catch(fail);
  }
  await hosting.close();
  if (failure !== undefined) throw failure;
}

/** Says under which names clients can join, as soon as the server knows. */
async function announce(hosting: Host, io: CommandIo): Promise<void> {
  try {
    for (let attempt = 0; attempt < ANNOUNCE_ATTEMPTS; attempt++) {
      const names = await hosting.names();
      if (names.length > 0) return io.status(`reachable as ${names.join(" and ")}`);
      await sleep(io.platform.clock, ANNOUNCE_PAUSE_MS, io.signal);
    }
  } catch {
    // The host was ended meanwhile.
  }
}

/** What `join` and `peer` do with their connection. */
export interface Meeting extends Identity {
  readonly mode: "join" | "peer";
  readonly remote: string;
  readonly forwardTo?: HostPort | undefined;
  readonly listenAt?: HostPort | undefined;
  readonly lingerMs: number;
}

/**
 * Connects to the other side. As a pipe it ends with the connection; with `listenAt` or `forwardTo`
 * it connects again until it is ended.
 *
 * @throws {PeerError} when the first connection does not come about
 * @throws {Error} when a pipe's remote peer is lost
 */
export async function runMeeting(meeting: Meeting, io: CommandIo): Promise<void> {
  const { forwardTo, listenAt, lingerMs } = meeting;
  if (listenAt !== undefined) {
    const listener = new FlowListener(
      io.platform,
      await resolveEndpoint(io.platform, listenAt),
      io.status,
    );
    io.status(`listening on ${formatEndpoint(listener.local)}`);
    try {
      return await reconnecting(meeting, io, (connection) => listener.carry(connection));
    } finally {
      listener.close();
    }
  }
  if (forwardTo !== undefined) {
    const target = await resolveEndpoint(io.platform, forwardTo);
    return await reconnecting(
      meeting,
      io,
      (connection) => forward(io.platform, connection, target, io.status),
    );
  }
  const ending = await once(meeting, io, (connection) => pipe(connection, io, lingerMs));
  if (ending === "lost") throw new Error(`lost: ${meeting.remote} fell silent`);
}

/** Connects, works until the connection is over, and says how it ended. */
async function once(
  meeting: Meeting,
  io: CommandIo,
  work: (connection: Connection) => Promise<void>,
): Promise<ConnectionEnding> {
  const reach = meeting.mode === "join" ? join : connect;
  const wait = waitOf(meeting.listenAt ?? meeting.forwardTo);
  const connection = await reach({ ...peerOptions(meeting, io, wait), remote: meeting.remote });
  io.status(describeConnection(connection));
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
  const ending = await connection.ended;
  io.status(`${ending}: ${connection.remoteName}`);
  return ending;
}

async function reconnecting(
  meeting: Meeting,
  io: CommandIo,
  work: (connection: Connection) => Promise<void>,
): Promise<never> {
  const { clock, secrets } = io.platform;
  const backoff = new Backoff(RECONNECT, () => secrets.randomBytes(1)[0] / 255);
  let startedMs = clock.nowMs();
  let reason = await once(meeting, io, work) as string;
  for (;;) {
    if (clock.nowMs() - startedMs >= SESSION_SOUND_MS) backoff.reset();
    const delayMs = backoff.nextMs();
    io.status(`retry in ${(delayMs / 1000).toFixed(1)} s after ${reason}`);
    await sleep(clock, delayMs, io.signal);
    startedMs = clock.nowMs();
    try {
      reason = await once(meeting, io, work);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      reason = describeError(error);
    }
  }
}

/** What carries flows may be started at boot; at a pipe somebody wants to know soon. */
function waitOf(service: HostPort | undefined): Wait {
  return service === undefined ? "off" : "on";
}

function peerOptions({ server, local }: Identity, io: CommandIo, wait: Wait): PeerOptions {
  return {
    server,
    localPeerPort: local,
    wait,
    signal: io.signal,
    platform: io.platform,
    onEvent: (event) => io.status(describeEvent(event)),
  };
}
