/**
 * Who this peer is, where it asks and how patiently: what `host`, `join` and `peer` share.
 *
 * @module
 */

import {
  createToken,
  type LocalEndpoints,
  type PeerEvent,
  type PeerOptions,
  type PeerPort,
  type Wait,
} from "../../peer/mod.ts";
import { formatHostPort, type HostPort } from "../../peer/names.ts";
import { STANDARD_INPUT } from "../flags.ts";
import type { CommandIo } from "../io.ts";
import { lines } from "./lines.ts";

/** Texts that nobody is to see. */
interface HiddenValues {
  readonly token: string | undefined;
  readonly secret: string | undefined;
}

/** What the flags of all three say. */
export interface IdentityValues extends HiddenValues {
  readonly server: HostPort;
  readonly local: PeerPort | undefined;
  readonly wait: "auto" | Wait;
  readonly local_endpoints: "auto" | LocalEndpoints;
}

/** One peer, the same for all of its attempts. */
export interface Identity {
  readonly server: HostPort;
  readonly local: PeerPort;
  readonly token: string;
  readonly secret: string | undefined;
  readonly wait: Wait;
  /** `undefined` leaves it to the library. */
  readonly localEndpoints: LocalEndpoints | undefined;
}

/** What carries flows leaves standard input alone, and may be started at boot. */
export type Task = "carries flows" | "is a pipe";

/** Few enough digits to be read out; enough that 1,000 peers behind one address hardly collide. */
const RANDOM_PEER_PORTS = { first: 100_000_000, count: 900_000_000 };

/** Completes what the flags say. @throws {Error} when standard input lacks what it was to have */
export async function identify(
  values: IdentityValues,
  task: Task,
  io: CommandIo,
): Promise<Identity> {
  const { server, local, token, secret, wait, local_endpoints: localEndpoints } = values;
  return {
    server,
    local: local ?? chooseLocal(io),
    token: await hiddenText(token, io) ?? createToken(io.platform),
    secret: await hiddenText(secret, io),
    // At a pipe somebody wants to know soon.
    wait: wait !== "auto" ? wait : task === "carries flows" ? "on" : "off",
    localEndpoints: localEndpoints === "auto" ? undefined : localEndpoints,
  };
}

/** What the library is told. */
export function peerOptions(
  { server, local, token, secret, wait, localEndpoints }: Identity,
  { platform, signal }: CommandIo,
  onEvent: (event: PeerEvent) => void,
): PeerOptions {
  return {
    server: formatHostPort(server),
    localPeerPort: local,
    token,
    wait,
    signal,
    platform,
    onEvent,
    ...secret === undefined ? {} : { secret },
    ...localEndpoints === undefined ? {} : { localEndpoints },
  };
}

/** What is wrong with where texts that nobody is to see come from. */
export function checkHidden({ token, secret }: HiddenValues, task: Task): string | undefined {
  const asking = Object.entries({ token, secret })
    .filter(([, text]) => text === STANDARD_INPUT)
    .map(([name]) => `-${name}=-`);
  if (asking.length > 1) {
    return `Cannot use ${asking.join(" and ")}: expected one of them, since both read one line`;
  }
  if (asking.length > 0 && task === "is a pipe") {
    return `Cannot use ${
      asking[0]
    }: expected -forward or -listen with it, since standard input is ` +
      "the pipe";
  }
  return undefined;
}

function chooseLocal({ platform, say }: CommandIo): PeerPort {
  const { buffer, byteOffset } = platform.secrets.randomBytes(4);
  const { first, count } = RANDOM_PEER_PORTS;
  const local = first + new DataView(buffer, byteOffset).getUint32(0) % count;
  const text = `this peer is number ${local}, by chance; -local=${local} keeps it`;
  say({ level: "info", kind: "local", text, members: { local } });
  return BigInt(local);
}

/** The text itself, or the first line of standard input in its place. */
async function hiddenText(text: string | undefined, { input }: CommandIo) {
  if (text !== STANDARD_INPUT) return text;
  for await (const line of lines(input)) return new TextDecoder().decode(line);
  throw new Error("Cannot read standard input: expected a line for the flag with -, received none");
}
