/**
 * `host`: a service for its joiners, or a pipe to all of them.
 *
 * @module
 */

import { type Connection, type Host, host, type PeerEvent, type Verdict } from "../../peer/mod.ts";
import { type FlowCarrier, forwardTo } from "../forward/carriers.ts";
import type { FlowAddress } from "../forward/flow_address.ts";
import type { CommandIo } from "../io.ts";
import { HEARING_CHECK_MS } from "../limits.ts";
import { Report } from "../report.ts";
import { Announcement } from "./announcement.ts";
import { Hearing } from "./hearing.ts";
import { type Identity, peerOptions } from "./identity.ts";
import { pipeIn, pipeOut } from "./pipe.ts";

/** What `host` does with joiners. */
export interface Hosting extends Identity {
  readonly forwardTo: FlowAddress | undefined;
  readonly maxFlows: number;
  readonly takes: "one joiner" | "any number";
}

/**
 * Hosts until it is ended.
 *
 * @throws {PeerError} when the server refuses it for good
 * @throws {Error} when the one joiner that it takes is lost, or standard output is closed
 */
export async function runHost(hosting: Hosting, io: CommandIo): Promise<void> {
  await new HostRun(hosting, io).run();
}

/** One run of `host`. */
class HostRun {
  readonly #hosting: Hosting;
  readonly #io: CommandIo;
  readonly #report: Report;
  readonly #hearing: Hearing;
  readonly #announcement: Announcement;
  readonly #forwarder: FlowCarrier | undefined;
  readonly #connections = new Set<Connection>();
  #host: Host | undefined;
  #input: Promise<void> | undefined;
  /** Whether there ever were several at a time: from then on each line says whose it is. */
  #hasCrowd = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(hosting: Hosting, io: CommandIo) {
    const { server, code, secret, forwardTo: target, maxFlows } = hosting;
    const { platform, say, start } = io;
    this.#hosting = hosting;
    this.#io = io;
    const by = code === undefined ? "address" : "code";
    this.#report = new Report({ start, server, by }, say);
    this.#hearing = new Hearing(
      { server, delayMs: HEARING_CHECK_MS, silence: "is normal" },
      io,
    );
    this.#announcement = new Announcement({
      server,
      code,
      forwardTo: target,
      hasSecret: secret !== undefined,
      onNames: () => this.#hearing.answered(),
    }, io);
    this.#forwarder = target && forwardTo(target, { platform, maxFlows, say });
  }

  async run(): Promise<void> {
    const options = peerOptions(this.#hosting, this.#io, (event) => this.#onEvent(event));
    const hosting = await host({ ...options, accept: () => this.#judge() });
    this.#host = hosting;
    this.#announcement.begin(hosting);
    try {
      for await (const connection of hosting) this.#welcome(connection, hosting);
    } finally {
      this.#announcement.lost();
      this.#hearing.answered();
      await hosting.close();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #onEvent(event: PeerEvent): void {
    this.#report.event(event);
    if (event.kind === "asked") {
      this.#hearing.asked();
      if (this.#host !== undefined) this.#announcement.begin(this.#host);
    } else if (event.kind === "retry") {
      this.#hearing.answered();
      this.#announcement.lost();
    } else if (event.kind === "introduced") {
      this.#hearing.answered();
    }
  }

  /** With -once there is nothing to be had for a second joiner. */
  #judge(): Verdict {
    const isTaken = this.#hosting.takes === "one joiner" && this.#input !== undefined;
    return isTaken ? "refuse" : "accept";
  }

  #welcome(connection: Connection, hosting: Host): void {
    const isOnce = this.#hosting.takes === "one joiner";
    if (isOnce && this.#input !== undefined) {
      const { remoteName: remote } = connection;
      const text = `turned away ${remote}: -once takes one joiner`;
      this.#io.say({ level: "info", kind: "turned_away", text, members: { remote } });
      connection.close();
      return;
    }
    this.#report.connected(connection);
    this.#connections.add(connection);
    this.#hasCrowd ||= this.#connections.size > 1;
    const fail = (error: unknown) => {
      this.#failure ??= { error };
      hosting.close();
    };
    // From the first joiner on, so that what was piped in is not lost before.
    this.#input ??= this.#forwarder === undefined
      ? pipeIn(this.#connections, this.#io).catch(fail)
      : Promise.resolve();
    this.#serve(connection).then((ending) => {
      if (!isOnce) return;
      if (ending === "lost") fail(new Error(`lost: ${connection.remoteName} fell silent`));
      else hosting.close();
    }).catch(fail);
  }

  /** Works until the connection is over. @returns how it ended */
  async #serve(connection: Connection) {
    try {
      if (this.#forwarder !== undefined) await this.#forwarder.carry(connection);
      else await pipeOut(connection, this.#io, { speaker: () => this.#speaker(connection) });
    } finally {
      this.#connections.delete(connection);
    }
    await this.#report.ended(connection);
    return await connection.ended;
  }

  #speaker({ remoteName }: Connection): string | undefined {
    return this.#hasCrowd ? remoteName : undefined;
  }
}
