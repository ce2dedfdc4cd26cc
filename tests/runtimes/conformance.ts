/**
 * Checks the platform of the installed library: prints what does not hold, and how many behaviours it
 * checked.
 *
 * @module
 */

import process from "node:process";
import { systemPlatform } from "@containment-breach/containment-breach/peer";
import { BEHAVIOURS } from "../peer/platform/conformance.ts";

for (const { name, check } of BEHAVIOURS) {
  try {
    await check(systemPlatform.network);
  } catch (error) {
    console.error(`${name}:`, error);
    process.exitCode = 1;
  }
}
console.log(`checked ${BEHAVIOURS.length}`);
