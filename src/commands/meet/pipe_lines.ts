/**
 * A pipe line by line: each is a datagram.
 *
 * @module
 */

import { sleep } from "../../async/waiting.ts";
import { type Connection, MAX_DATAGRAM_BYTES } from "../../peer/mod.ts";
import { describeTooLong, Drops } from "../drops.ts";
import type { CommandIo } from "../io.ts";
import { PIPE_BURST_LINES, PIPE_PAUSE_MS } from "../limits.ts";
import { SendWindow } from "../send_window.ts";
import { lines, toLine } from "./lines.ts";

/** What is done with datagrams on their way to standard output. */
export interface PipeOutOptions {
  readonly onDatagram?: () => void;
  /** Whose lines they are; `undefined` while that needs no saying. */
  readonly speaker?: (() => string | undefined) | undefined;
  /** Resolves with why they must not be written, if that is so; they are kept until then. */
  readonly refusal?: Promise<string | undefined>;
}

/** Writes what arrives on a connection to standard output, until it is over. */
export async function writeLines(
  connection: Connection,
  { output, say }: CommandIo,
  { onDatagram, speaker, refusal }: PipeOutOptions = {},
): Promise<void> {
  const drops = new Drops(connection.remoteName, say);
  const why = await refusal;
  for await (const datagram of connection) {
    onDatagram?.();
    if (why === undefined) await output(toLine(datagram, speaker?.()));
    else drops.count("not_wanted", () => why);
  }
  drops.add("unread", connection.droppedCount);
  drops.sayTotal();
}

/**
 * Sends each line of `input` to all of `connections`, at a pace that a receiver's buffer stands.
 * Returns at the end of the input.
 */
export async function sendLines(
  connections: ReadonlySet<Connection>,
  input: AsyncIterable<Uint8Array>,
  { isTerminal, say, platform, signal }: CommandIo,
): Promise<void> {
  const drops = new Drops("standard input", say);
  const sends = new SendWindow(drops);
  let count = 0;
  for await (const { bytes, length } of lines(input, isTerminal("input") ? "LF or CR LF" : "LF")) {
    if (++count % PIPE_BURST_LINES === 0) await sleep(platform.clock, PIPE_PAUSE_MS, signal);
    if (bytes === undefined) {
      drops.count("too_long", () => describeTooLong(length, MAX_DATAGRAM_BYTES));
    } else if (connections.size === 0) {
      drops.count("no_connection", () => "nobody is connected");
    } else {
      for (const connection of connections) {
        await sends.pass(connection.send(bytes), length);
      }
    }
  }
  drops.sayTotal();
}
