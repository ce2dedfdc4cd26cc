/**
 * Checks the platform of the installed library: prints what does not hold, and how many behaviours it
 * checked.
 *
 * @module
 */

import process from "node:process";
import { systemPlatform } from "@containment-breach/containment-breach/peer";
import { BEHAVIOURS } from "../peer/platform/conformance.ts";

let failures = 0;
for (const { name, check } of BEHAVIOURS) {
  try {
    await check(systemPlatform.network);
  } catch (error) {
    console.error(`${name}:`, error);
    failures++;
  }
}
console.log(`checked ${BEHAVIOURS.length}`);
// What failed may have left sockets open; where all went well, the process must end by itself.
if (failures > 0) process.exit(1);
