/**
 * Starts attackers in a process of their own.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import { ChildProcess } from "../../tests/support/child_process.ts";

const READY_MS = 60_000;
/** Attackers that nobody has ended end by themselves then. */
const MAX_ATTACK_S = 120;

/** Returns when the attack is under way; what it does is in the process's lines of output. */
export async function startAttacker(attack: string, server: Endpoint): Promise<ChildProcess> {
  const script = new URL("attacker.ts", import.meta.url).pathname;
  const flags = [attack, String(server.port), String(MAX_ATTACK_S)];
  const attacker = ChildProcess.start(
    [Deno.execPath(), "run", "--allow-all", "--no-check", script, ...flags],
    { stderr: "inherit" },
  );
  await attacker.output.find((line) => line === "ready", `attackers ${attack}`, READY_MS);
  return attacker;
}
