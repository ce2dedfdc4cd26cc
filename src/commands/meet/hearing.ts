/**
 * Whether the server hears this peer's datagrams: said soon, where it does not.
 *
 * @module
 */

import type { Address, Family } from "../../address.ts";
import { sleep } from "../../async/waiting.ts";
import { observe, PeerError } from "../../peer/mod.ts";
import { formatHostPort, type HostPort } from "../../peer/names.ts";
import { commandLine, serverText } from "../command_lines.ts";
import type { CommandIo } from "../io.ts";
import { UNHEARD_AFTER_MS } from "../limits.ts";

/** What an unanswered request shows. */
export interface HearingOptions {
  readonly server: HostPort;
  /** The IP versions by which the server is asked; default: both. */
  readonly families?: readonly Family[] | undefined;
  /** After so much silence it is looked into. */
  readonly delayMs: number;
  /** Whether a server that hears a peer answers at once, or only when there is something to tell. */
  readonly silence: "is deafness" | "is normal";
  /** Told how the server sees this machine, where that was looked into. */
  readonly onObserved?: (addresses: readonly Address[]) => void;
}

/** Watches one request after the other. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #io: CommandIo;
  #watching: AbortController | undefined;
  #isSaid = false;

  constructor(options: HearingOptions, io: CommandIo) {
    this.#options = options;
    this.#io = io;
  }

  /** The server was asked now. */
  asked(): void {
    this.answered();
    const watching = new AbortController();
    this.#watching = watching;
    const signal = AbortSignal.any([watching.signal, this.#io.signal]);
    this.#watch(signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  /** There was an answer of any kind, or the request is over. */
  answered(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { server, families, delayMs, onObserved } = this.#options;
    const { platform, platform: { clock } } = this.#io;
    await sleep(clock, delayMs, signal);
    const saying = sleep(clock, UNHEARD_AFTER_MS - delayMs, signal);
    const observing = observe({
      server: formatHostPort(server),
      platform,
      signal,
      ...families === undefined ? {} : { families },
    });
    const observed = observing.then(() => "heard" as const, (error) => this.#judge(error));
    const first = await Promise.race([observed, saying]);
    signal.throwIfAborted();
    if (first !== "heard" && first !== "unknown") {
      await saying;
      this.#sayUnheard();
    }
    const last = await observed;
    // It may have been answered, or have ended, just now.
    signal.throwIfAborted();
    if (last === "unheard") this.#sayNoPath();
    if (last !== "heard") return;
    this.#sayHeard();
    onObserved?.(await observing);
  }

  /** What it says that this machine could not be introduced to itself. */
  #judge(error: unknown): "unheard" | "unknown" {
    if (!(error instanceof PeerError) || error.code === "no_lease") return "unheard";
    // A server of the protocol's first part introduces nobody so.
    const isOld = error.code === "bad_request";
    return isOld && this.#options.silence === "is deafness" ? "unheard" : "unknown";
  }

  #sayUnheard(): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    const { start } = this.#io;
    const probe = commandLine(start, "probe", { server: serverText(this.#options.server) });
    const text = `the server hears no UDP from here; a firewall? try \`${probe}\``;
    this.#io.say({ level: "warning", kind: "unheard", text });
  }

  #sayNoPath(): void {
    const text = "no UDP gets from here to the server: where a network lets none out at all, no " +
      "direct path to any peer can exist";
    this.#io.say({ level: "warning", kind: "no_udp", text });
  }

  #sayHeard(): void {
    if (!this.#isSaid) return;
    this.#isSaid = false;
    this.#io.say({ level: "info", kind: "heard", text: "the server hears UDP from here now" });
  }
}
