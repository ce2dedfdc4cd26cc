/**
 * What `-forward` and `-listen` name: a port of TCP or of UDP.
 *
 * @module
 */

import { formatHostPort, type HostPort, parseHostPort } from "../../peer/names.ts";

/** A machine, a port, and what goes there. */
export interface FlowAddress {
  readonly protocol: "tcp" | "udp";
  readonly at: HostPort;
}

const PREFIX = /^(tcp|udp):(.*)$/is;

/** Ports below this need privileges on many systems. */
const UNPRIVILEGED_PORT = 1_024;

/** What is added to them where anybody is to listen: 8022, 8080 and 8443 are known so. */
const UNPRIVILEGED_OFFSET = 8_000;

/** Reads `[tcp:|udp:]HOST:PORT`; without a prefix it is UDP. @returns `undefined` when it is none */
export function parseForward(text: string): FlowAddress | undefined {
  return parse(text, (rest) => parseHostPort(rest));
}

/** Reads `[tcp:|udp:][HOST:]PORT`; without `HOST` it is this machine alone. */
export function parseListen(text: string): FlowAddress | undefined {
  return parse(text, (rest) => parseHostPort(/^\d+$/.test(rest) ? `127.0.0.1:${rest}` : rest));
}

/** Writes what both read. */
export function formatFlowAddress({ protocol, at }: FlowAddress): string {
  return prefixed(protocol, formatHostPort(at));
}

/** With which `-listen` the clients of a service reach it, unless that port is taken over there. */
export function listenFor({ protocol, at: { port } }: FlowAddress): string {
  return prefixed(protocol, `${port < UNPRIVILEGED_PORT ? port + UNPRIVILEGED_OFFSET : port}`);
}

function parse(
  text: string,
  parseRest: (rest: string) => HostPort | undefined,
): FlowAddress | undefined {
  const [, prefix = "udp", rest = text] = PREFIX.exec(text) ?? [];
  const at = parseRest(rest);
  return at && { protocol: prefix.toLowerCase() === "tcp" ? "tcp" : "udp", at };
}

function prefixed(protocol: FlowAddress["protocol"], text: string): string {
  // A machine may be called so.
  return protocol === "tcp" || PREFIX.test(text) ? `${protocol}:${text}` : text;
}
