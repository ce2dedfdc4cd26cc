/**
 * What is wrong with flags of `host`, `join` and `peer` each of which is fine.
 *
 * @module
 */

import type { PeerPort } from "../../peer/mod.ts";
import type { HostPort, RemoteSpec } from "../../peer/names.ts";
import type { FlowAddress } from "../forward/flow_address.ts";
import { type GivenCode, STANDARD_INPUT } from "../hidden_flags.ts";
import { checkStatusFlags, type StatusValues } from "../status.ts";

/** What carries flows leaves standard input alone, and may be started at boot. */
export type Task = "carries flows" | "is a pipe";

/** What the flags say of where this peer and the other one find each other. */
export interface PlaceValues {
  readonly server?: HostPort | undefined;
  readonly code?: GivenCode | undefined;
  readonly remote?: RemoteSpec | undefined;
  readonly local?: PeerPort | undefined;
}

/** Texts that nobody is to see. */
interface HiddenValues {
  readonly token: string | undefined;
  readonly code: GivenCode | undefined;
  readonly secret: string | undefined;
}

/** What a peer may carry for others. */
interface CarriedValues {
  readonly forward?: FlowAddress | undefined;
  readonly listen?: FlowAddress | undefined;
  readonly datagrams: boolean;
}

/** What is wrong with the flags that `host`, `join` and `peer` have in common. */
export function checkPeer(
  values: PlaceValues & HiddenValues & CarriedValues & StatusValues,
): string | undefined {
  return checkServer(values) ?? checkStatusFlags(values) ?? checkHidden(values, taskOf(values)) ??
    checkDatagrams(values);
}

/** What a peer does, as far as its flags say. */
export function taskOf({ forward, listen }: Omit<CarriedValues, "datagrams">): Task {
  return forward === undefined && listen === undefined ? "is a pipe" : "carries flows";
}

/** The server, wherever it was written. */
export function serverOf({ server, code }: PlaceValues): HostPort | undefined {
  return server ?? code?.server;
}

/** By what both sides find each other: by addresses only where one was given, or a number of one. */
export function meansOf({ code, remote, local }: PlaceValues): "address" | "code" {
  return code === undefined && (remote !== undefined || local !== undefined) ? "address" : "code";
}

/** What is wrong with who is to be met. */
export function checkRemote({ code, remote }: PlaceValues): string | undefined {
  if (code !== undefined && remote !== undefined) {
    return "Cannot use -remote: expected it or a code, received both";
  }
  return code === undefined && remote === undefined
    ? "Cannot use -remote: expected a code, or IP/PEERPORT, NAME/PEERPORT or /PEERPORT, received " +
      "nothing; host makes a code, and prints it"
    : undefined;
}

function checkServer({ server, code }: PlaceValues): string | undefined {
  if (server !== undefined && code?.server !== undefined) {
    return "Cannot use -server: expected it once, received it and a server before the code";
  }
  return serverOf({ server, code }) === undefined
    ? "Cannot use -server: expected a name or an address, with or without a port, received nothing"
    : undefined;
}

function checkDatagrams(values: CarriedValues): string | undefined {
  return values.datagrams && taskOf(values) === "carries flows"
    ? "Cannot use -datagrams: expected neither -forward nor -listen with it, since it is about lines"
    : undefined;
}

function checkHidden(
  { token, code, secret }: HiddenValues,
  task: Task,
): string | undefined {
  const asking = Object.entries({ token, code: code?.code, secret })
    .filter(([, text]) => text === STANDARD_INPUT)
    .map(([name]) => `-${name}=-`);
  if (asking.length > 1) {
    return `Cannot use ${asking.join(" and ")}: expected one of them, since each reads one line`;
  }
  if (asking.length > 0 && task === "is a pipe") {
    return `Cannot use ${
      asking[0]
    }: expected -forward or -listen with it, since standard input is ` +
      "the pipe";
  }
  return undefined;
}
