/**
 * Settings of a server, for tests: a new setting is added here and nowhere else.
 *
 * @module
 */

import { parseCommandLine } from "../../src/cli/command_line.ts";
import { DEFAULT_LEASE_TIMEOUT_S } from "../../src/limits.ts";
import type { RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import type { PerPrefix } from "../../src/rendezvous/prefix.ts";
import { rendezvousSettings, SERVER_FLAGS } from "../../src/server/server_flags.ts";

/** No limit for an address, none for a network. */
export const OFF: PerPrefix = { address: 0, network: 0 };

/** The protocol's lease timeout, and no limit that a script could meet by chance. */
export const SETTINGS_WITHOUT_LIMITS: RendezvousSettings = {
  leaseTimeoutMs: DEFAULT_LEASE_TIMEOUT_S * 1000,
  maxSessions: 10_000,
  maxLeases: 10_000,
  datagramsPerSecond: OFF,
  connectionsPerSecond: OFF,
  sessionsPerPrefix: OFF,
  leasesPerPrefix: OFF,
};

/** The settings of a command line without flags. */
export const DEFAULT_SETTINGS: RendezvousSettings = defaultSettings();

/** Flags that switch every limit per prefix off, where one address is a whole crowd. */
export const NO_PREFIX_LIMITS: readonly string[] = Object.keys(SERVER_FLAGS)
  .filter((name) => /_per_(address|network)$/.test(name))
  .map((name) => `-${name}=0`);

function defaultSettings(): RendezvousSettings {
  const commandLine = parseCommandLine([], SERVER_FLAGS);
  if (commandLine.kind !== "run") throw new Error("Cannot happen: no flags are a mistake");
  return rendezvousSettings(commandLine.values);
}
