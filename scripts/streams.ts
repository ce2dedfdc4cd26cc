/**
 * What streams reach, beside what is asked of them:
 *
 *     deno task streams [-only=TEXT]
 *
 * Over real sockets of this machine, two processes for each row, and a relay where the path is bad.
 * Linux only. Whatever else the machine does takes from the figures.
 *
 * @module
 */

import { readScriptFlags } from "./script_flags.ts";
import { measure, SOCKET_ROWS } from "./streams/sockets.ts";

const FLAGS = {
  only: {
    kind: "text",
    presence: "optional",
    valueName: "TEXT",
    help: "Rows whose name has this in it (default: all)",
    expected: "a part of a name",
    parse: (text: string) => text,
  },
} as const;
const COLUMNS = [
  "over sockets",
  "MB/s asked",
  "MB/s",
  "intact",
  "CPU s per 100 MB: sender / receiver",
  "peak MiB: sender / receiver",
];

const { only = "" } = readScriptFlags("deno task streams [-only=TEXT]", FLAGS);
console.log(COLUMNS.join("\t"));
for (const row of SOCKET_ROWS.filter(({ name }) => name.includes(only))) {
  const { megabytesPerSecond, isIntact, processorSeconds, peakMebibytes } = await measure(row);
  console.log([
    row.name,
    row.atLeast.toFixed(1),
    megabytesPerSecond.toFixed(1),
    isIntact ? "yes" : "NO",
    `${processorSeconds.sender.toFixed(1)} / ${processorSeconds.receiver.toFixed(1)}`,
    `${peakMebibytes.sender.toFixed(0)} / ${peakMebibytes.receiver.toFixed(0)}`,
  ].join("\t"));
}
