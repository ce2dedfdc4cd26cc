/**
 * An attacker as a process of its own, so that it does not hold up the clock of the honest side:
 *
 *     deno run --allow-all scripts/siege/attacker.ts ATTACK PORT SECONDS
 *
 * It prints `ready`, then what it did, each second, and ends by itself.
 *
 * @module
 */

import { delay } from "../../tests/support/deadline.ts";
import { ATTACKS } from "./attacks.ts";
import { Stage } from "./raid.ts";

const PAUSE_MS = 1;
const STATUS_MS = 500;

if (import.meta.main) await main(Deno.args[0], Number(Deno.args[1]), Number(Deno.args[2]));

async function main(name: string, port: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  const stage = new Stage({ address: "127.0.0.1", port }, startMs);
  const raid = ATTACKS[name].raid!(stage);
  let isReady = false;
  let saidMs = startMs;
  for (let nowMs = startMs; nowMs < startMs + seconds * 1_000; nowMs = performance.now()) {
    raid.step(nowMs);
    stage.crowd.step();
    if (raid.isReady && !isReady) {
      isReady = true;
      console.log("ready");
    }
    if (isReady && nowMs - saidMs > STATUS_MS) {
      saidMs = nowMs;
      console.log(raid.status);
    }
    await delay(PAUSE_MS);
  }
}
