/**
 * The server's flags and what they mean.
 *
 * @module
 */

import { type Address, parseAddress } from "../address.ts";
import type { FlagValues, IntegerFlag, SwitchFlag, TextFlag } from "../cli/flags.ts";
import {
  DEFAULT_CONNECTIONS_PER_SECOND,
  DEFAULT_DATAGRAMS_PER_SECOND,
  DEFAULT_LEASE_TIMEOUT_S,
  DEFAULT_LEASES,
  DEFAULT_MAX_LEASES,
  DEFAULT_MAX_SESSIONS,
  DEFAULT_SESSIONS,
  MAX_DRAIN_S,
  MAX_LEASE_TIMEOUT_S,
  MAX_MAX_LEASES,
  MAX_MAX_SESSIONS,
  MAX_PER_PREFIX,
  MIN_LEASES_BEYOND_SESSIONS,
} from "../limits.ts";
import { DEFAULT_PORT } from "../protocol/message.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import type { RendezvousSettings } from "../rendezvous/lease_manager.ts";

const host: TextFlag<Address, "repeated"> = {
  kind: "text",
  presence: "repeated",
  valueName: "IP",
  help: "Address to listen on, once for each (default: all addresses of both families)",
  expected: "an IP address",
  parse: parseAddress,
};

const http_host: TextFlag<Address, "optional"> = {
  kind: "text",
  presence: "optional",
  valueName: "IP",
  help: "Address on which -http_port listens (default: 127.0.0.1, this machine alone)",
  expected: "an IP address",
  parse: parseAddress,
};

const http_show_peers: SwitchFlag = {
  kind: "switch",
  help: "Show addresses of peers on the status page",
};

/** Every flag of the server. */
export const SERVER_FLAGS = {
  port: integer("Server UDP/TCP port", DEFAULT_PORT, 1, 65_535),
  lease_timeout: integer(
    "PeerPort lease timeout in seconds",
    DEFAULT_LEASE_TIMEOUT_S,
    1,
    MAX_LEASE_TIMEOUT_S,
  ),
  host,
  max_sessions: integer("Open sessions in total", DEFAULT_MAX_SESSIONS, 1, MAX_MAX_SESSIONS),
  max_leases: integer(
    `Leases in total, at least -max_sessions and ${MIN_LEASES_BEYOND_SESSIONS} more`,
    DEFAULT_MAX_LEASES,
    1 + MIN_LEASES_BEYOND_SESSIONS,
    MAX_MAX_LEASES,
  ),
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
  drain: integer("Seconds for which it serves after the first signal to stop", 0, 0, MAX_DRAIN_S),
  http_port: integer("HTTP port of the status page and of /metrics, 0 for none", 0, 0, 65_535),
  http_host,
  http_show_peers,
  log_level: {
    kind: "choice",
    help: "Lowest level that is logged; peers' addresses appear at debug, and for -abuse_log",
    words: LOG_LEVELS,
    initial: "info",
  },
  log_format: { kind: "choice", help: "Form of a log line", words: LOG_FORMATS, initial: "text" },
  abuse_log: {
    kind: "switch",
    help: "Log whom it refuses, once a minute for each source, for programs that ban addresses",
  },
} as const;

/** The values of the server's flags. */
export type ServerFlagValues = FlagValues<typeof SERVER_FLAGS>;

/** What is wrong with flags each of which is fine: one sentence. */
export function mistakeAmong(
  { host, max_leases, max_sessions, log_level, abuse_log }: ServerFlagValues,
): string | undefined {
  const twice = host.find((address, i) => host.indexOf(address) !== i);
  if (twice !== undefined) return `Cannot use -host: expected each once, received ${twice} twice`;
  if (abuse_log && (log_level === "warn" || log_level === "error")) {
    return `Cannot use -abuse_log: expected -log_level info or debug, received ${log_level}`;
  }
  const fewest = max_sessions + MIN_LEASES_BEYOND_SESSIONS;
  if (max_leases >= fewest) return undefined;
  return `Cannot use -max_leases: expected at least ${fewest}, ${MIN_LEASES_BEYOND_SESSIONS} more ` +
    `than -max_sessions (${max_sessions}), received ${max_leases}`;
}

/** What the rendezvous needs of the flags. */
export function rendezvousSettings(values: ServerFlagValues): RendezvousSettings {
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
