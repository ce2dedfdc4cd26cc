/**
 * Flags of the peers' commands.
 *
 * @module
 */

import type { IntegerFlag, SwitchFlag, TextFlag } from "../cli/flags.ts";
import { DEFAULT_PORT } from "../protocol/message.ts";
import type { PeerPort } from "../protocol/message.ts";
import {
  formatHostPort,
  type HostPort,
  parseHostPort,
  parsePeerPort,
  parseRemote,
} from "../peer/names.ts";

const server: TextFlag<string, "required"> = {
  kind: "text",
  presence: "required",
  valueName: "HOST[:PORT]",
  help: `Rendezvous server; its port is ${DEFAULT_PORT} where none is given`,
  expected: "a name or an address, with or without a port",
  parse: (text) => {
    const parsed = parseHostPort(text, DEFAULT_PORT);
    return parsed === undefined ? undefined : formatHostPort(parsed);
  },
};

const local: TextFlag<PeerPort, "required"> = {
  kind: "text",
  presence: "required",
  valueName: "PEERPORT",
  help: "Number of this peer, unique among the peers behind its public address",
  expected: "a 64-bit integer",
  parse: parsePeerPort,
};

const remote: TextFlag<string, "required"> = {
  kind: "text",
  presence: "required",
  valueName: "IP/PEERPORT",
  help: "The other peer; /PEERPORT for one behind the same public address",
  expected: "IP/PEERPORT, NAME/PEERPORT or /PEERPORT",
  parse: (text) => parseRemote(text) === undefined ? undefined : text,
};

function hostPort(help: string): TextFlag<HostPort, "optional"> {
  return {
    kind: "text",
    presence: "optional",
    valueName: "HOST:PORT",
    help,
    expected: "HOST:PORT",
    parse: (text) => parseHostPort(text),
  };
}

const forward = hostPort("Carry each flow of the other side to this UDP service");
const listen = hostPort("Listen here for UDP clients and carry them to the other side's -forward");

const linger: IntegerFlag = {
  kind: "int",
  help: "Seconds without an answer after the end of the input, then it closes",
  min: 0,
  max: 86_400,
  initial: 2,
};

const long: SwitchFlag = {
  kind: "switch",
  help: "Also look whether the mapping survives 30 and 60 s of silence",
};

const json: SwitchFlag = { kind: "switch", help: "Print the findings as JSON" };

const timeout: IntegerFlag = {
  kind: "int",
  help: "Seconds after which the check has failed",
  min: 1,
  max: 3_600,
  initial: 10,
};

const http: TextFlag<HostPort, "required"> = {
  ...hostPort("The server's -http_port"),
  presence: "required",
};

/** Flags of `check`. */
export const CHECK_FLAGS = { server, timeout, json } as const;
/** Flags of `top`. */
export const TOP_FLAGS = { http } as const;
/** Flags of `host`. */
export const HOST_FLAGS = { server, local, forward } as const;
/** Flags of `join`. */
export const JOIN_FLAGS = { server, local, remote, listen, linger } as const;
/** Flags of `peer`. */
export const PEER_FLAGS = { server, local, remote, forward, listen, linger } as const;
/** Flags of `probe`. */
export const PROBE_FLAGS = { server, long, json } as const;
