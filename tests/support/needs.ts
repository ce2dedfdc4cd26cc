/**
 * What a test needs of the machine; where it is missing, the test is skipped and says why.
 *
 * @module
 */

/** Whether programs may use every address of 127.0.0.0/8. */
export const HAS_WHOLE_LOOPBACK = Deno.build.os !== "darwin";

/** Whether the kernel shows processes, their descriptors and their memory in /proc. */
export const HAS_PROC = Deno.build.os === "linux";

/** Whether ports below 1024 need privileges, as Linux has it unless it is told otherwise. */
export const HAS_PRIVILEGED_PORTS = Deno.build.os === "linux" &&
  Number(Deno.readTextFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start")) === 1024;

/**
 * Whether a program is installed.
 *
 * @param args with which it ends at once and well; most can say their version
 */
export function hasProgram(name: string, ...args: readonly string[]): boolean {
  try {
    const command = new Deno.Command(name, { args: args.length > 0 ? [...args] : ["--version"] });
    return command.outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Options for a test that cannot run everywhere.
 *
 * @param what is missing where it is not available, for the person who reads the test run
 */
export function needs(available: boolean, what: string): { ignore: boolean } {
  if (!available) console.log(`skipping a test: it needs ${what}`);
  return { ignore: !available };
}
