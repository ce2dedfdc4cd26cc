/**
 * The compiled program, where there is one: `.ci/run` compiles it and names it.
 *
 * @module
 */

import { needs } from "./needs.ts";

/** One kind of executable. */
export interface Executable {
  readonly name: string;
  /** Starts it; `undefined` where there is none, which was said. */
  readonly program?: readonly [path: string];
  /** Whether signals of this system reach it; what runs one of another system ends at them. */
  readonly signals: "reach it" | "end it";
}

/** The executable of this system, and that of Windows by way of a program that runs it here. */
export const EXECUTABLES: readonly Executable[] = [
  { name: "the executable", ...at("CONTAINMENT_BREACH_EXECUTABLE"), signals: "reach it" },
  { name: "the Windows executable", ...at("CONTAINMENT_BREACH_WINDOWS"), signals: "end it" },
];

function at(variable: string): Pick<Executable, "program"> {
  const path = Deno.env.get(variable) ?? "";
  const { ignore } = needs(path !== "", `an executable named by ${variable}`);
  return ignore ? {} : { program: [path] };
}
