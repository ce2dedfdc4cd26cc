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
import { HostPipe } from "./host_pipe.ts";
import type { PipeOutcome, PipeTerms } from "./pipe.ts";
import { UnfitError } from "./pipe_report.ts";

/** What `host` does with joiners. */
export interface Hosting extends Identity {
  readonly forwardTo: FlowAddress | undefined;
  readonly maxFlows: number;
  readonly takes: "one joiner" | "any number";
  readonly pipe: PipeTerms;
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
  /** What its connections are for. */
  readonly #carrier: FlowCarrier | HostPipe;
  #host: Host | undefined;
  #hasJoiner = false;
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
    this.#carrier = target === undefined
      ? new HostPipe(hosting.pipe, io, (error) => this.#fail(error))
      : forwardTo(target, { platform, maxFlows, say });
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
  get #isTaken(): boolean {
    return this.#hosting.takes === "one joiner" && this.#hasJoiner;
  }

  /** Why a joiner cannot be served now. */
  get #refusal(): string | undefined {
    return this.#carrier instanceof HostPipe ? this.#carrier.refusal : undefined;
  }

  #judge(): Verdict {
    return this.#isTaken ? "refuse" : "accept";
  }

  #welcome(connection: Connection, hosting: Host): void {
    const refusal = this.#isTaken ? "-once takes one joiner" : this.#refusal;
    if (refusal !== undefined) return this.#turnAway(connection, refusal);
    this.#hasJoiner = true;
    this.#report.connected(connection);
    const isOnce = this.#hosting.takes === "one joiner";
    this.#serve(connection).then(async (outcome) => {
      const isLost = isOnce && outcome !== "a stream" && await connection.ended === "lost";
      if (isLost) this.#fail(new Error(`lost: ${connection.remoteName} fell silent`));
      else if (isOnce || outcome === "a stream") await hosting.close();
    }).catch((error) => {
      if (isOnce || !(error instanceof UnfitError)) this.#fail(error);
      else this.#io.say({ level: "warning", kind: "turned_away", text: error.message });
    });
  }

  #turnAway(connection: Connection, why: string): void {
    const { remoteName: remote } = connection;
    const text = `turned away ${remote}: ${why}`;
    this.#io.say({ level: "info", kind: "turned_away", text, members: { remote } });
    connection.close(why);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#host?.close();
  }

  /** Works until the connection is over. @returns what it was as a pipe, if it was one */
  async #serve(connection: Connection): Promise<PipeOutcome | undefined> {
    try {
      if (this.#carrier instanceof HostPipe) return await this.#carrier.serve(connection);
      await this.#carrier.carry(connection);
      return undefined;
    } finally {
      await connection.close();
      await this.#report.ended(connection);
    }
  }
}
