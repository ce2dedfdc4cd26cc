/**
 * Command lines that people are told to type.
 *
 * @module
 */

import { isLoopback, isPrivate } from "../address.ts";
import { DEFAULT_PORT } from "../peer/mod.ts";
import { formatHost, formatHostPort, type HostPort } from "../peer/names.ts";
import { PROGRAM } from "../version.ts";

/** What a process knows of how it was started; that of this one is `Deno`. */
export interface Runtime {
  readonly build: {
    /** Whether it is an executable with the program in it. */
    readonly standalone: boolean;
  };
  readonly version: { readonly deno: string };
  readonly mainModule: string;
  execPath(): string;
}

/** Where npm keeps what `npx` runs. */
const NPX_CACHE = /[\\/]_npx[\\/]/;

/**
 * How a program is started on a machine that got it in the same way: what comes before the name of a
 * command. The other side of a connection mostly followed the same instructions.
 */
export function startOf(runtime: Runtime): string {
  if (runtime.build.standalone) return PROGRAM;
  const { mainModule, version } = runtime;
  const runner = NPX_CACHE.test(runtime.execPath()) ? `npx -y deno@${version.deno}` : "deno";
  const module = mainModule.startsWith("file:") ? mainModule.replace(/^.*\//, "") : mainModule;
  return `${runner} run --allow-net ${module}`;
}

/** Flags by name; those without a value are left out. */
type GivenFlags = Readonly<Record<string, string | number | bigint | undefined>>;

/**
 * A command line of this program.
 *
 * @param start how the program is started, see {@linkcode startOf}
 * @param words the command, and what stands without a flag
 */
export function commandLine(
  start: string,
  words: string | readonly string[],
  flags: GivenFlags,
): string {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const args = [...[words].flat(), ...given.map(([name, value]) => `-${name}=${value}`)];
  return [start, ...args.map(quote)].join(" ");
}

/** Some shells take brackets for a pattern; all of them know these quotes. */
function quote(argument: string): string {
  return /[[\]]/.test(argument) ? `"${argument}"` : argument;
}

/** A server as it is typed: the port that everybody takes goes without saying. */
export function serverText(server: HostPort): string {
  return server.port === DEFAULT_PORT ? formatHost(server.host) : formatHostPort(server);
}

/** Names that end so are known in one network only (RFC 6762, 8375, and what routers hand out). */
const LOCAL_NAME = /^[^.]+\.?$|\.(?:local|lan|home|internal|home\.arpa)\.?$/i;

/**
 * What keeps the other side from asking the same server by the same name.
 *
 * @returns one sentence, or `undefined` where nothing is known to
 */
export function reachabilityCaution({ host }: HostPort): string | undefined {
  const name = formatHost(host);
  const must = `the other side must be able to reach the server as ${name}`;
  if (host.kind === "name") {
    if (!LOCAL_NAME.test(name)) return undefined;
    return /^localhost\.?$/i.test(name)
      ? `${must}: that is this machine, elsewhere give an address or a name of it`
      : `${must}: such a name is known inside one network only`;
  }
  if (isLoopback(host.address)) {
    return `${must}: that is this machine, elsewhere give an address or a name of it`;
  }
  return isPrivate(host.address) ? `${must}: that is an address inside one network` : undefined;
}
