/**
 * `check`: whether a server does its work, for whatever watches over it.
 *
 * @module
 */

import { withTimeout } from "../async/waiting.ts";
import type { ExitCode } from "../cli/command.ts";
import { escapeHidden } from "../visible_text.ts";
import { type Findings, probe } from "../peer/mod.ts";
import type { CommandIo } from "./io.ts";
import { describeError } from "./report.ts";

/** What is checked, and how long that may take. */
export interface CheckOptions {
  readonly server: string;
  readonly timeoutMs: number;
  readonly form: "text" | "json";
}

/** What a check has found. */
interface Checked {
  readonly server: string;
  readonly state: "ok" | "failed";
  /** From the first look for the server to the last introduction. */
  readonly tookMs: number;
  /** In words, for each IP version in which the server has an address. */
  readonly found: readonly string[];
}

/**
 * Registers two sockets of this machine by UDP, asks for each other by TCP, and has them introduced.
 * Prints one line.
 *
 * @returns 0 when the server introduced them, under one IP version at least
 * @throws the signal's reason once it is aborted
 */
export async function check(options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const checked = await examine(options, io);
  const line = options.form === "json" ? JSON.stringify(checked) : describe(checked);
  // Reasons are the server's words.
  await io.output(new TextEncoder().encode(`${escapeHidden(line)}\n`));
  return checked.state === "ok" ? 0 : 1;
}

async function examine({ server, timeoutMs }: CheckOptions, io: CommandIo): Promise<Checked> {
  const { platform, signal } = io;
  const { clock } = platform;
  const startMs = clock.nowMs();
  const work = (signal: AbortSignal) =>
    probe({ server, platform, signal, silencesMs: [], hairpin: "left out" });
  try {
    const all = await withTimeout(clock, timeoutMs, signal, work);
    const state = all.some(isIntroduced) ? "ok" : "failed";
    return { server, state, tookMs: tookMs(), found: all.map(describeFamily) };
  } catch (error) {
    signal.throwIfAborted();
    return {
      server,
      state: "failed",
      tookMs: tookMs(),
      found: [describeError(error, "error").text],
    };
  }

  function tookMs(): number {
    return Math.round(10 * (clock.nowMs() - startMs)) / 10;
  }
}

function describe({ server, state, tookMs, found }: Checked): string {
  return `${state}: ${server} in ${tookMs} ms; ${found.join("; ")}`;
}

/** A server that knows no extensions introduces nobody to himself, unless there is no NAT. */
function isIntroduced({ udp }: Findings): boolean {
  return udp === "through";
}

function describeFamily(findings: Findings): string {
  const { family, tcp, udp, reason, endpoints = [] } = findings;
  if (isIntroduced(findings)) {
    const seen = endpoints.map((endpoint) => endpoint.public).join(" and ");
    return `${family}: UDP and TCP get through, this machine is seen as ${seen}`;
  }
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${family}: TCP ${tcp}, UDP ${udp}${why}`;
}
