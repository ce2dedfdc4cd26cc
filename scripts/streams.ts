/**
 * What streams reach, beside what is asked of them:
 *
 *     deno task streams [-only=TEXT] [-kernel]
 *
 * First in virtual time, which is the same everywhere. With `-kernel` each path is made once more
 * between two network namespaces, for the same transfer over sockets and for TCP of the kernel, by how
 * much was sent twice; that needs Linux, root, iproute2 and iperf3, and ten minutes.
 *
 * Then over sockets of this machine, two processes for each row, and a relay where the path is bad.
 * Linux only. Whatever else the machine does takes from the figures.
 *
 * @module
 */

import { readScriptFlags } from "./script_flags.ts";
import { SIMULATED_COLUMNS, SIMULATED_ROWS } from "./streams/simulated.ts";
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
  kernel: { kind: "switch", help: "Measure TCP of the kernel over the same paths (needs root)" },
} as const;
const COLUMNS = [
  "over sockets",
  "MB/s asked",
  "MB/s",
  "intact",
  "CPU s per 100 MB: sender / receiver",
  "peak MiB: sender / receiver",
];

const { only = "", kernel } = readScriptFlags("deno task streams [-only=TEXT] [-kernel]", FLAGS);
console.log(SIMULATED_COLUMNS.join("\t"));
for (const row of SIMULATED_ROWS.filter(({ name }) => name.includes(only))) {
  const cells = await row.cells(kernel ? "beside the kernel" : "alone");
  console.log([row.name, ...cells].join("\t"));
}
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
