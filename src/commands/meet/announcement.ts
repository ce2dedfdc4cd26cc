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
import { type FlowAddress, listenFor } from "../forward/flow_address.ts";
import type { CommandIo } from "../io.ts";
import { ANNOUNCE, ANNOUNCE_ATTEMPTS } from "../limits.ts";
import type { StatusLevel } from "../status.ts";
import type { MeetingCode } from "./identity.ts";

/** What a host says of itself. */
export interface AnnouncementOptions {
  readonly server: HostPort;
  /** By which it is joined, if it is not by its names. */
  readonly code: MeetingCode | undefined;
  /** The service behind the host, if it has one. */
  readonly forwardTo: FlowAddress | undefined;
  readonly hasSecret: boolean;
  /** Told that the server knows the host by a name. */
  readonly onNames: () => void;
}

/** A command line that the other side is to type. */
interface Invitation {
  readonly level: StatusLevel;
  readonly beginning: string;
  readonly words: string | readonly string[];
  readonly flags: Readonly<Record<string, string>>;
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
    const { server, code, hasSecret, onNames } = this.#options;
    const { say } = this.#io;
    onNames();
    const text = code === undefined
      ? `reachable as ${names.join(" and ")}`
      : "reachable by its code";
    if (text === this.#said) return;
    this.#said = text;
    say({ level: "info", kind: "reachable", text, members: { names } });
    const isFirst = this.#invited.size === 0;
    if (code !== undefined) this.#inviteByCode(code);
    else for (const name of names) this.#inviteByName(name);
    if (!isFirst) return;
    const cautions = [
      reachabilityCaution(server),
      hasSecret ? "the other side must give the same -secret" : undefined,
    ];
    for (const text of cautions) {
      if (text !== undefined) say({ level: "info", kind: "caution", text });
    }
  }

  #inviteByName(name: string): void {
    const flags = { server: serverText(this.#options.server), remote: name };
    this.#invite({ level: "info", beginning: "join with", words: "join", flags });
  }

  /** Whoever gave a code knows it, and whoever reads this later need not. */
  #inviteByCode({ text, origin }: MeetingCode): void {
    const server = serverText(this.#options.server);
    const invitation = origin === "made"
      ? { level: "result", beginning: "join with", words: ["join", `${server}/${text}`] } as const
      : {
        level: "info",
        beginning: "join with the same CODE",
        words: ["join", `${server}/CODE`],
      } as const;
    this.#invite({ ...invitation, flags: {} });
  }

  #invite({ level, beginning, words, flags }: Invitation): void {
    const { forwardTo } = this.#options;
    const listen = forwardTo && listenFor(forwardTo);
    const command = commandLine(this.#io.start, words, { ...flags, listen });
    if (this.#invited.has(command)) return;
    this.#invited.add(command);
    const text = `${beginning}: ${command}`;
    this.#io.say({ level, kind: "invitation", text, members: { command } });
  }
}
