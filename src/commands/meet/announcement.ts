/**
 * Under which names a host can be joined, and what its user sends to a friend.
 *
 * @module
 */

import { Backoff } from "../../async/backoff.ts";
import { sleep } from "../../async/waiting.ts";
import type { Host } from "../../peer/mod.ts";
import type { HostPort } from "../../peer/names.ts";
import { commandLine, reachabilityCaution, serverText } from "../command_lines.ts";
import type { CommandIo } from "../io.ts";
import { ANNOUNCE, ANNOUNCE_ATTEMPTS } from "../limits.ts";

/** What a host says of itself. */
export interface AnnouncementOptions {
  readonly server: HostPort;
  /** The service behind the host, if it has one. */
  readonly forwardTo: HostPort | undefined;
  readonly hasSecret: boolean;
  /** Told that the server knows the host by a name. */
  readonly onNames: () => void;
}

/** Asks for a host's names until the server tells them, and says them. */
export class Announcement {
  readonly #options: AnnouncementOptions;
  readonly #io: CommandIo;
  #asking: AbortController | undefined;
  #said = "";
  readonly #invited = new Set<string>();

  constructor(options: AnnouncementOptions, io: CommandIo) {
    this.#options = options;
    this.#io = io;
  }

  /** The host stands at the server, as far as is known: asks how it is called there. */
  begin(host: Host): void {
    this.#asking?.abort();
    this.#asking = new AbortController();
    const signal = AbortSignal.any([this.#asking.signal, this.#io.signal]);
    this.#ask(host, signal).catch((error) => {
      // The host was ended meanwhile, and says itself why.
      if (!signal.aborted && host.localEndpoints.length > 0) throw error;
    });
  }

  /** The host does not stand any more: its names are said again when it does. */
  lost(): void {
    this.#asking?.abort();
    this.#said = "";
  }

  async #ask(host: Host, signal: AbortSignal): Promise<void> {
    const pauses = new Backoff(ANNOUNCE, () => 1);
    for (let attempt = 0; attempt < ANNOUNCE_ATTEMPTS; attempt++) {
      const names = await host.names();
      if (signal.aborted) return;
      if (names.length > 0) return this.#say(names);
      await sleep(this.#io.platform.clock, pauses.nextMs(), signal);
    }
  }

  #say(names: readonly string[]): void {
    const { server, hasSecret, onNames } = this.#options;
    const { say } = this.#io;
    onNames();
    const text = `reachable as ${names.join(" and ")}`;
    if (text === this.#said) return;
    this.#said = text;
    say({ level: "info", kind: "reachable", text, members: { names } });
    const isFirst = this.#invited.size === 0;
    for (const name of names) this.#invite(name);
    if (!isFirst) return;
    const cautions = [
      reachabilityCaution(server),
      hasSecret ? "the other side must give the same -secret" : undefined,
    ];
    for (const text of cautions) {
      if (text !== undefined) say({ level: "info", kind: "caution", text });
    }
  }

  #invite(name: string): void {
    if (this.#invited.has(name)) return;
    this.#invited.add(name);
    const { server, forwardTo } = this.#options;
    const command = commandLine("join", {
      server: serverText(server),
      remote: name,
      listen: forwardTo?.port,
    });
    const text = `join with: ${command}`;
    this.#io.say({ level: "info", kind: "invitation", text, members: { command } });
  }
}
