/**
 * Flags of the peers' commands.
 *
 * @module
 */

import type { ChoiceFlag, IntegerFlag, SwitchFlag, TextFlag } from "../cli/flags.ts";
import { DEFAULT_PORT, type PeerPort } from "../peer/mod.ts";
import {
  type HostPort,
  parseHostPort,
  parsePeerPort,
  parseRemote,
  type RemoteSpec,
} from "../peer/names.ts";
import { type FlowAddress, parseForward, parseListen } from "./forward/flow_address.ts";
import { code, secret, token } from "./hidden_flags.ts";
import { MAX_FLOWS } from "./limits.ts";
import { STATUS_FLAGS } from "./status.ts";

const server: TextFlag<HostPort, "required"> = {
  kind: "text",
  presence: "required",
  valueName: "HOST[:PORT]",
  help: `Rendezvous server; its port is ${DEFAULT_PORT} where none is given`,
  expected: "a name or an address, with or without a port",
  parse: (text) => parseHostPort(text, DEFAULT_PORT),
};

/** The same where it may stand before a code. */
const serverOfCode: TextFlag<HostPort, "optional"> = {
  ...server,
  presence: "optional",
  help: `${server.help}; needed unless it stands before the code`,
};

const local: TextFlag<PeerPort, "optional"> = {
  kind: "text",
  presence: "optional",
  valueName: "PEERPORT",
  help:
    "Number of this peer, unique among the peers behind its public address (default: random); " +
    "a host without a code is joined by it",
  expected: "a 64-bit integer",
  parse: parsePeerPort,
};

const remote: TextFlag<RemoteSpec, "optional"> = {
  kind: "text",
  presence: "optional",
  valueName: "IP/PEERPORT",
  help: "The other peer, where there is no code; /PEERPORT for one behind the same public address",
  expected: "IP/PEERPORT, NAME/PEERPORT or /PEERPORT",
  parse: parseRemote,
};

const localEndpoints: ChoiceFlag<"auto" | "on" | "off"> = {
  kind: "choice",
  help:
    "Whether the other side is told this machine's address inside its own network; auto: not by " +
    "a host, whom anybody may ask for",
  words: ["auto", "on", "off"],
  initial: "auto",
};

const wait: ChoiceFlag<"auto" | "on" | "off"> = {
  kind: "choice",
  help:
    "Whether it waits for a server, a network or a host that is not there; auto: with -forward " +
    "and -listen",
  words: ["auto", "on", "off"],
  initial: "auto",
};

const forward: TextFlag<FlowAddress, "optional"> = {
  kind: "text",
  presence: "optional",
  valueName: "[tcp:]HOST:PORT",
  help: "Carry each flow of the other side to this service: of TCP with tcp:, of UDP without",
  expected: "[tcp:]HOST:PORT",
  parse: parseForward,
};

const listen: TextFlag<FlowAddress, "optional"> = {
  kind: "text",
  presence: "optional",
  valueName: "[tcp:][HOST:]PORT",
  help: "Listen here (127.0.0.1 without HOST) for clients, of TCP with tcp:, of UDP without, and " +
    "carry them to the other side's -forward",
  expected: "[tcp:]PORT or [tcp:]HOST:PORT",
  parse: parseListen,
};

const once: SwitchFlag = { kind: "switch", help: "Take one joiner, and end with it" };

const maxFlows: IntegerFlag = {
  kind: "int",
  help: "Flows of -forward at a time, which joiners share when all are taken; each needs a file " +
    "descriptor",
  min: 1,
  max: 60_000,
  initial: MAX_FLOWS,
};

const datagrams: SwitchFlag = {
  kind: "switch",
  help: "Carry lines as datagrams, as between terminals, whatever standard input and output are",
};

const linger: IntegerFlag = {
  kind: "int",
  help: "Seconds without an answer after the end of the input, then it closes; a stream that the " +
    "other side has begun is waited for, unless this is 0; who has given nothing waits for all",
  min: 0,
  max: 86_400,
  initial: 2,
};

const long: SwitchFlag = {
  kind: "switch",
  help: "Also look whether the mapping survives 30 and 60 s of silence",
};

/** Flags of `host`, `join` and `peer`. */
const IDENTITY_FLAGS = {
  server: serverOfCode,
  code,
  local,
  token,
  secret,
  local_endpoints: localEndpoints,
  wait,
} as const;

const timeout: IntegerFlag = {
  kind: "int",
  help: "Seconds after which the check has failed",
  min: 1,
  max: 3_600,
  initial: 10,
};

const http: TextFlag<HostPort, "required"> = {
  kind: "text",
  presence: "required",
  valueName: "HOST:PORT",
  help: "Where a server shows its status: its -http_host and -http_port",
  expected: "HOST:PORT",
  parse: (text) => parseHostPort(text),
};

/** Flags of `host`. */
export const HOST_FLAGS = {
  ...IDENTITY_FLAGS,
  forward,
  max_flows: maxFlows,
  once,
  datagrams,
  linger,
  ...STATUS_FLAGS,
} as const;

/** Flags of `join`. */
export const JOIN_FLAGS = {
  ...IDENTITY_FLAGS,
  remote,
  listen,
  datagrams,
  linger,
  ...STATUS_FLAGS,
} as const;

/** Flags of `peer`. */
export const PEER_FLAGS = {
  ...IDENTITY_FLAGS,
  remote,
  forward,
  max_flows: maxFlows,
  listen,
  datagrams,
  linger,
  ...STATUS_FLAGS,
} as const;

/** Flags of `probe`. */
export const PROBE_FLAGS = { server, long, ...STATUS_FLAGS } as const;

/** Flags of `check`. */
export const CHECK_FLAGS = { server, timeout, json: STATUS_FLAGS.json } as const;

/** Flags of `top`. */
export const TOP_FLAGS = { http } as const;
