/**
 * Prints how people fare at a full server, in a table:
 *
 *     deno run scripts/overload.ts [-seed=N]
 *
 * @module
 */

import { type Figures, runScenario } from "../tests/simulation/overload/run_scenario.ts";
import { SCENARIOS } from "../tests/simulation/overload/scenarios.ts";
import { readScriptFlags } from "./script_flags.ts";

const FLAGS = {
  seed: { kind: "int", help: "Seed of all runs", min: 0, max: 2 ** 48, initial: 1 },
} as const;

const { seed } = readScriptFlags("deno run scripts/overload.ts [-seed=N]", FLAGS);

console.log("| overload | time that hosts are up | pairs that meet | thrown out | after 10 s up |");
console.log("| --- | --- | --- | --- | --- |");
for (const scenario of SCENARIOS) console.log(row(scenario.name, runScenario(scenario, seed)));

function row(name: string, figures: Figures): string {
  const up = Object.entries(figures.up).map(([group, share]) => `${group} ${percent(share)}`);
  const { thrownOut, settledThrownOut } = figures;
  const cells = [name, up.join(", "), percent(figures.pairsMet), thrownOut, settledThrownOut];
  return `| ${cells.join(" | ")} |`;
}

function percent(share: number): string {
  return Number.isNaN(share) ? "" : `${(share * 100).toFixed(1)} %`;
}
