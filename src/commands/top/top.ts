/**
 * `top`: a server's status page in a terminal.
 *
 * @module
 */

import { sleep, withTimeout } from "../../async/waiting.ts";
import type { ExitCode } from "../../cli/command.ts";
import type { Status } from "../../http/status.ts";
import { formatHostPort, type HostPort } from "../../peer/names.ts";
import type { CommandIo } from "../io.ts";
import { describeError } from "../report.ts";
import { drawFailure, drawStatus } from "./screen.ts";

/** Between two looks. */
const INTERVAL_MS = 2_000;
/** A status is a few kilobytes from nearby. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Xterm's second screen without a cursor, and back to the first. */
const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l";
const LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l";
/** To the upper left corner; what is left of a longer line or screen goes. */
const TO_START = "\x1b[H";
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

/** What a program gets that is no terminal: everything, once. */
const UNBOUNDED = { columns: 80, rows: Infinity };

/**
 * Draws the status of the server whose `-http_port` is at `address`: again and again in a terminal,
 * until it is stopped, and once where the output is none.
 *
 * @throws {Error} when the first answer is none
 */
export async function top(address: HostPort, io: CommandIo): Promise<ExitCode> {
  const first = await fetchStatus(address, io);
  if (io.terminalSize() === undefined) {
    await write(io, drawStatus(first, UNBOUNDED).map((line) => `${line}\n`).join(""));
    return 0;
  }
  await write(io, ENTER_SCREEN);
  try {
    for (let status: Status | Error = first;; status = await look(address, io)) {
      await write(io, frame(status, io));
      await sleep(io.platform.clock, INTERVAL_MS, io.signal);
    }
  } finally {
    // Whoever stopped this wants his screen back: the signal does not keep it from him.
    await io.restore(new TextEncoder().encode(LEAVE_SCREEN));
  }
}

/** A later failure is shown, and it goes on: the server may be back. */
async function look(address: HostPort, io: CommandIo): Promise<Status | Error> {
  try {
    return await fetchStatus(address, io);
  } catch (error) {
    io.signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function fetchStatus(address: HostPort, { platform, signal }: CommandIo): Promise<Status> {
  const url = `http://${formatHostPort(address)}/status.json`;
  return await withTimeout(platform.clock, ANSWER_TIMEOUT_MS, signal, async (signal) => {
    const response = await fetch(url, { signal }).catch((error) => {
      signal.throwIfAborted();
      throw notShown(url, describeError(error.cause ?? error, "error").text);
    });
    if (response.status === 200) return await response.json();
    await response.body?.cancel();
    throw notShown(url, `status ${response.status}`);
  });
}

function notShown(url: string, received: string): Error {
  return new Error(`Cannot read ${url}: expected the -http_port of a server, received ${received}`);
}

function frame(status: Status | Error, io: CommandIo): string {
  const size = io.terminalSize() ?? UNBOUNDED;
  const lines = status instanceof Error
    ? drawFailure(status.message, size)
    : drawStatus(status, size);
  // The last line ends without a line feed, which would scroll the screen.
  return TO_START + lines.map((line) => line + ERASE_LINE).join("\r\n") + ERASE_BELOW;
}

async function write(io: CommandIo, text: string): Promise<void> {
  await io.output(new TextEncoder().encode(text));
}
