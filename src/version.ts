/**
 * The version, which deno.json alone says.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Name of the program. */
export const PROGRAM = "containment_breach";

/** Version of the program, e.g. `1.0.0`. */
export const VERSION: string = config.version;
