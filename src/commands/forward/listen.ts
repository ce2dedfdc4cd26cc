/**
 * Where `-listen` listens.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { errorLine } from "../../error_text.ts";
import { resolveHost, type Resolver } from "../../peer/names.ts";
import { codeOf } from "../../sockets/error_codes.ts";
import { type FlowAddress, formatFlowAddress } from "./flow_address.ts";

/**
 * Opens the socket that `-listen` asks for, at the first address of its name that can be had.
 *
 * @param open opens one, or throws
 * @throws {Error} naming the flag, the port and what to do, when none can
 */
export async function openListening<Opened>(
  resolver: Resolver,
  address: FlowAddress,
  open: (at: Endpoint) => Opened | Promise<Opened>,
): Promise<Opened> {
  const { at: { host, port } } = address;
  let failure: unknown;
  for (const found of await resolveHost(resolver, host)) {
    try {
      return await open({ address: found, port });
    } catch (error) {
      // The first address is the preferred one: what is wrong with it tells most.
      failure ??= error;
    }
  }
  const what = `Cannot listen on -listen=${formatFlowAddress(address)}`;
  if (failure === undefined) throw new Error(`${what}: expected a name with an address`);
  throw new Error(`${what}: ${reasonOf(failure, address)}`);
}

function reasonOf(error: unknown, { protocol, at: { port } }: FlowAddress): string {
  const name = `${protocol.toUpperCase()} port ${port}`;
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `${name} is in use by another program; end that one or give -listen another port`;
    case "EADDRNOTAVAIL":
      return "this machine has no such address; give -listen one that it has, or the port alone";
    case "EACCES":
      return `the system denies ${name}; give -listen one from 1024 on`;
    default:
      return errorLine(error);
  }
}
