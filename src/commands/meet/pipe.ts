/**
 * Standard input to the other side line by line, and what arrives to standard output.
 *
 * @module
 */

import type { Connection } from "../../peer/socket/connection.ts";
import { PIPE_BURST_LINES, PIPE_PAUSE_MS } from "../../peer/limits.ts";
import { sleep } from "../../async/waiting.ts";
import type { CommandIo } from "../io.ts";
import { lines, toLine } from "./lines.ts";
import { describeError } from "../report.ts";

/** Writes what arrives on a connection to standard output, until it is over. */
export async function pipeOut(
  connection: Connection,
  { output }: CommandIo,
  onDatagram: () => void = () => {},
): Promise<void> {
  for await (const datagram of connection) {
    onDatagram();
    await output(toLine(datagram));
  }
}

/**
 * Sends each line of standard input to all of `connections`, at a pace that a receiver's buffer
 * stands. Returns at the end of the input.
 */
export async function pipeIn(
  connections: Iterable<Connection>,
  { input, status, platform, signal }: CommandIo,
): Promise<void> {
  let count = 0;
  for await (const line of lines(input)) {
    if (++count % PIPE_BURST_LINES === 0) await sleep(platform.clock, PIPE_PAUSE_MS, signal);
    for (const connection of connections) {
      await connection.send(line).catch((error) => status(describeError(error)));
    }
  }
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
  const incoming = pipeOut(connection, io, () => heardMs = clock.nowMs());
  const outgoing = (async () => {
    await pipeIn([connection], io);
    for (let leftMs = lingerMs; leftMs > 0; leftMs = heardMs + lingerMs - clock.nowMs()) {
      await sleep(clock, leftMs, over.signal);
    }
    await connection.close();
  })();
  // Its sleeps end with the connection, and then there is nothing left to send.
  outgoing.catch(() => {});
  await incoming;
}
