/**
 * The server's flags and what they mean.
 *
 * @module
 */

import { type Address, parseAddress } from "../address.ts";
import type { FlagValues, IntegerFlag } from "../cli/command_line.ts";
import {
  DEFAULT_CONNECTIONS_PER_SECOND,
  DEFAULT_DATAGRAMS_PER_SECOND,
  DEFAULT_LEASE_TIMEOUT_S,
  DEFAULT_LEASES,
  DEFAULT_MAX_LEASES,
  DEFAULT_MAX_SESSIONS,
  DEFAULT_SESSIONS,
  MAX_LEASE_TIMEOUT_S,
  MAX_MAX_LEASES,
  MAX_MAX_SESSIONS,
  MAX_PER_PREFIX,
} from "../limits.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import type { RendezvousSettings } from "../rendezvous/lease_manager.ts";

/** Port of the original program. */
export const DEFAULT_PORT = 6969;

/** Every flag of the server. */
export const SERVER_FLAGS = {
  port: integer("Server UDP/TCP port", DEFAULT_PORT, 1, 65_535),
  lease_timeout: integer(
    "PeerPort lease timeout in seconds",
    DEFAULT_LEASE_TIMEOUT_S,
    1,
    MAX_LEASE_TIMEOUT_S,
  ),
  host: {
    kind: "text",
    valueName: "IP",
    help: "Address to listen on (default: all addresses of both families)",
    expected: "an IP address",
    parse: parseAddress as (text: string) => Address | undefined,
  },
  max_sessions: integer("Open sessions in total", DEFAULT_MAX_SESSIONS, 1, MAX_MAX_SESSIONS),
  max_leases: integer("Leases in total", DEFAULT_MAX_LEASES, 1, MAX_MAX_LEASES),
  datagrams_per_address: perAddress("Datagrams per second", DEFAULT_DATAGRAMS_PER_SECOND.address),
  datagrams_per_network: perNetwork("Datagrams per second", DEFAULT_DATAGRAMS_PER_SECOND.network),
  connections_per_address: perAddress(
    "New connections per second",
    DEFAULT_CONNECTIONS_PER_SECOND.address,
  ),
  connections_per_network: perNetwork(
    "New connections per second",
    DEFAULT_CONNECTIONS_PER_SECOND.network,
  ),
  sessions_per_address: perAddress("Open sessions", DEFAULT_SESSIONS.address),
  sessions_per_network: perNetwork("Open sessions", DEFAULT_SESSIONS.network),
  leases_per_address: perAddress("Leases", DEFAULT_LEASES.address),
  leases_per_network: perNetwork("Leases", DEFAULT_LEASES.network),
  log_level: {
    kind: "choice",
    help: "Lowest level that is logged; peers' addresses appear at debug only",
    words: LOG_LEVELS,
    initial: "info",
  },
  log_format: { kind: "choice", help: "Form of a log line", words: LOG_FORMATS, initial: "text" },
  version: { kind: "switch", help: "Print the version and exit" },
} as const;

/** What the rendezvous needs of the flags. */
export function rendezvousSettings(values: FlagValues<typeof SERVER_FLAGS>): RendezvousSettings {
  return {
    leaseTimeoutMs: values.lease_timeout * 1000,
    maxSessions: values.max_sessions,
    maxLeases: values.max_leases,
    datagramsPerSecond: {
      address: values.datagrams_per_address,
      network: values.datagrams_per_network,
    },
    connectionsPerSecond: {
      address: values.connections_per_address,
      network: values.connections_per_network,
    },
    sessionsPerPrefix: {
      address: values.sessions_per_address,
      network: values.sessions_per_network,
    },
    leasesPerPrefix: { address: values.leases_per_address, network: values.leases_per_network },
  };
}

function perAddress(what: string, initial: number): IntegerFlag {
  return integer(
    `${what} of one IPv4 /32 or IPv6 /64, 0 for any number`,
    initial,
    0,
    MAX_PER_PREFIX,
  );
}

function perNetwork(what: string, initial: number): IntegerFlag {
  return integer(
    `${what} of one IPv4 /24 or IPv6 /48, 0 for any number`,
    initial,
    0,
    MAX_PER_PREFIX,
  );
}

function integer(help: string, initial: number, min: number, max: number): IntegerFlag {
  return { kind: "int", help, initial, min, max };
}
