/**
 * Standard input to the other side line by line, and what arrives to standard output.
 *
 * @module
 */

import { sleep } from "../../async/waiting.ts";
import { type Connection, MAX_DATAGRAM_BYTES } from "../../peer/mod.ts";
import { CommandStreams } from "../command_streams.ts";
import { describeTooLong, Drops } from "../drops.ts";
import type { CommandIo } from "../io.ts";
import { PIPE_BURST_LINES, PIPE_PAUSE_MS } from "../limits.ts";
import { SendWindow } from "../send_window.ts";
import { lines, toLine } from "./lines.ts";

/** What is done with datagrams on their way to standard output. */
export interface PipeOutOptions {
  readonly onDatagram?: () => void;
  /** Whose lines they are; `undefined` while that needs no saying. */
  readonly speaker?: () => string | undefined;
}

/** Writes what arrives on a connection to standard output, until it is over. */
export async function pipeOut(
  connection: Connection,
  { output, say }: CommandIo,
  { onDatagram, speaker }: PipeOutOptions = {},
): Promise<void> {
  new CommandStreams(connection, { use: "lines", say });
  const drops = new Drops(connection.remoteName, say);
  for await (const datagram of connection) {
    onDatagram?.();
    await output(toLine(datagram, speaker?.()));
  }
  drops.add("unread", connection.droppedCount);
  drops.sayTotal();
}

/**
 * Sends each line of standard input to all of `connections`, at a pace that a receiver's buffer
 * stands. Returns at the end of the input.
 */
export async function pipeIn(
  connections: ReadonlySet<Connection>,
  { input, say, platform, signal }: CommandIo,
): Promise<void> {
  const drops = new Drops("standard input", say);
  const sends = new SendWindow(drops);
  let count = 0;
  for await (const line of lines(input)) {
    if (++count % PIPE_BURST_LINES === 0) await sleep(platform.clock, PIPE_PAUSE_MS, signal);
    if (line.length > MAX_DATAGRAM_BYTES) {
      drops.count("too_long", () => describeTooLong(line.length, MAX_DATAGRAM_BYTES));
    } else if (connections.size === 0) {
      drops.count("no_connection", () => "nobody is connected");
    } else {
      for (const connection of connections) {
        await sends.pass(connection.send(line), line.length);
      }
    }
  }
  drops.sayTotal();
}

/**
 * Both ways over one connection. After the end of the input it closes once nothing has arrived for
 * `lingerMs`: answers may be on their way.
 */
export async function pipe(
  connection: Connection,
  io: CommandIo,
  lingerMs: number,
): Promise<void> {
  const { clock } = io.platform;
  const over = new AbortController();
  connection.ended.then(() => over.abort());
  let heardMs = -Infinity;
  const incoming = pipeOut(connection, io, { onDatagram: () => heardMs = clock.nowMs() });
  const outgoing = (async () => {
    await pipeIn(new Set([connection]), io);
    for (let leftMs = lingerMs; leftMs > 0; leftMs = heardMs + lingerMs - clock.nowMs()) {
      await sleep(clock, leftMs, over.signal);
    }
    await connection.close();
  })();
  // Its sleeps end with the connection, and then there is nothing left to send.
  outgoing.catch(() => {});
  await incoming;
}
