/**
 * Streams over real sockets of this machine, two processes and perhaps a bad path between them.
 *
 * @module
 */

import { ChildProcess, freePort } from "../../tests/support/child_process.ts";
import { delay } from "../../tests/support/deadline.ts";
import { startRelay } from "../../tests/support/relay_process.ts";
import { processorSeconds, residentBytes } from "../../tests/support/process_stats.ts";
import type { Transferred } from "./transfer.ts";

/** What a transfer goes over, and what it is to reach. */
export interface SocketRow {
  readonly name: string;
  readonly bytes: number;
  /** `undefined`: the loopback as it is. */
  readonly path?: { readonly delayMs: number; readonly loss: number };
  /** Megabytes a second that are asked for. */
  readonly atLeast: number;
}

/** What is asked of streams over sockets. */
export const SOCKET_ROWS: readonly SocketRow[] = [
  { name: "loopback, 200 MB", bytes: 200e6, atLeast: 40 },
  {
    name: "1 % and 25 ms each way, 100 MB",
    bytes: 100e6,
    path: { delayMs: 25, loss: 0.01 },
    atLeast: 15,
  },
  {
    name: "1 % and 25 ms each way, 1 GB",
    bytes: 1e9,
    path: { delayMs: 25, loss: 0.01 },
    atLeast: 1e3 / 90,
  },
];

/** What came of one. */
export interface SocketFigures {
  readonly megabytesPerSecond: number;
  readonly isIntact: boolean;
  /** Processor time for each 100 MB, in seconds. */
  readonly processorSeconds: { readonly sender: number; readonly receiver: number };
  readonly peakMebibytes: { readonly sender: number; readonly receiver: number };
}

/** Longer than any transfer that still is one. */
const DEADLINE_MS = 600_000;
const SAMPLE_MS = 200;

/** Measures one transfer. */
export async function measure({ bytes, path }: SocketRow): Promise<SocketFigures> {
  await using relay = path && await startRelay({ ...path, seed: 1 });
  const [ownA, ownB] = [freePort(), freePort()];
  const [faceA, faceB] = relay?.endpoints.map(({ port }) => port) ?? [ownB, ownA];
  await using sender = startEnd("send", ownA, faceB, faceA, bytes);
  await using receiver = startEnd("receive", ownB, faceA, faceB, bytes);
  const peaks = { sender: 0, receiver: 0 };
  let isOver = false;
  const sampling = (async () => {
    while (!isOver && sender.isRunning && receiver.isRunning) {
      peaks.sender = Math.max(peaks.sender, residentBytes(sender.pid) / 2 ** 20);
      peaks.receiver = Math.max(peaks.receiver, residentBytes(receiver.pid) / 2 ** 20);
      await delay(SAMPLE_MS);
    }
  })();
  const [sent, received] = await Promise.all(
    [sender, receiver].map(async ({ output }) =>
      JSON.parse(await output.find(() => true, "the end of a transfer", DEADLINE_MS)) as Transferred
    ),
  );
  isOver = true;
  await sampling;
  const per100 = bytes / 100e6;
  return {
    megabytesPerSecond: bytes / 1e6 / sent.seconds,
    isIntact: received.bytes === bytes && received.sha256 === sent.sha256,
    processorSeconds: {
      sender: processorSeconds(sender.pid) / per100,
      receiver: processorSeconds(receiver.pid) / per100,
    },
    peakMebibytes: peaks,
  };
}

function startEnd(
  verb: "send" | "receive",
  own: number,
  seen: number,
  peer: number,
  bytes: number,
): ChildProcess {
  const endpoints = [own, seen, peer].map((port) => `127.0.0.1:${port}`);
  return ChildProcess.start(endCommand(verb, endpoints, bytes), { stderr: "inherit" });
}

/** How one end of a transfer is started; see `transfer.ts`. */
export function endCommand(
  verb: "send" | "receive",
  endpoints: readonly string[],
  bytes: number,
): string[] {
  const script = new URL("transfer.ts", import.meta.url).href;
  const command = [Deno.execPath(), "run", "--no-check", "--allow-net", script, verb];
  return [...command, ...endpoints, String(bytes)];
}
