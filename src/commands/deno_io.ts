/**
 * Standard input and output, and the signals that end a command.
 *
 * @module
 */

import { denoPlatform } from "../peer/mod.ts";
import type { CommandIo } from "./io.ts";

const STOP_SIGNALS = Deno.build.os === "windows"
  ? [["SIGINT", 2], ["SIGBREAK", 21]] as const
  : [["SIGINT", 2], ["SIGTERM", 15]] as const;

/** The surroundings of this process. The first signal ends the command, a second one the process. */
export function denoIo(): CommandIo {
  const ending = new AbortController();
  for (const [signal, number] of STOP_SIGNALS) {
    Deno.addSignalListener(signal, () => {
      if (ending.signal.aborted) Deno.exit(128 + number);
      ending.abort();
    });
  }
  return {
    input: Deno.stdin.readable,
    output: writeAll,
    status: (line) => console.error(line),
    signal: ending.signal,
    platform: denoPlatform,
  };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}
