/**
 * Who this peer is, where it asks and how patiently: what `host`, `join` and `peer` share.
 *
 * @module
 */

import {
  createToken,
  type PeerEvent,
  type PeerOptions,
  type PeerPort,
  type Wait,
} from "../../peer/mod.ts";
import { formatHostPort, type HostPort } from "../../peer/names.ts";
import { STANDARD_INPUT } from "../flags.ts";
import type { CommandIo } from "../io.ts";
import { lines } from "./lines.ts";

/** What the flags of all three say. */
export interface IdentityValues {
  readonly server: HostPort;
  readonly local: PeerPort | undefined;
  readonly token: string | undefined;
  readonly wait: "auto" | Wait;
}

/** One peer, the same for all of its attempts. */
export interface Identity {
  readonly server: HostPort;
  readonly local: PeerPort;
  readonly token: string;
  readonly wait: Wait;
}

/** Few enough digits to be read out; enough that 1,000 peers behind one address hardly collide. */
const RANDOM_PEER_PORTS = { first: 100_000_000, count: 900_000_000 };

/**
 * Completes what the flags say.
 *
 * @param task `"carries flows"` may be started at boot; at a pipe somebody wants to know soon
 */
export async function identify(
  { server, local, token, wait }: IdentityValues,
  task: "carries flows" | "is a pipe",
  io: CommandIo,
): Promise<Identity> {
  return {
    server,
    local: local ?? chooseLocal(io),
    token: token === STANDARD_INPUT ? await readHidden(io) : token ?? createToken(io.platform),
    wait: wait !== "auto" ? wait : task === "carries flows" ? "on" : "off",
  };
}

/** What the library is told. */
export function peerOptions(
  { server, local, token, wait }: Identity,
  { platform, signal }: CommandIo,
  onEvent: (event: PeerEvent) => void,
): PeerOptions {
  const text = formatHostPort(server);
  return { server: text, localPeerPort: local, token, wait, signal, platform, onEvent };
}

/** What is wrong with flags that may want standard input. */
export function checkHidden(
  { token }: Pick<IdentityValues, "token">,
  task: "carries flows" | "is a pipe",
): string | undefined {
  if (token === STANDARD_INPUT) {
    return task === "carries flows"
      ? undefined
      : "Cannot use -token=-: expected -forward or -listen with it, since standard input is the pipe";
  }
  return token === undefined || /^[ -~]{1,64}$/.test(token)
    ? undefined
    : "Cannot use -token: expected 1 to 64 characters from space to ~, " +
      `received ${token.length} or others`;
}

function chooseLocal({ platform, say }: CommandIo): PeerPort {
  const { buffer, byteOffset } = platform.secrets.randomBytes(4);
  const random = new DataView(buffer, byteOffset).getUint32(0);
  const { first, count } = RANDOM_PEER_PORTS;
  const local = first + random % count;
  const text = `this peer is number ${local}, by chance; -local=${local} keeps it`;
  say({ level: "info", kind: "local", text, members: { local } });
  return BigInt(local);
}

/** The first line of standard input. */
async function readHidden({ input }: CommandIo): Promise<string> {
  for await (const line of lines(input)) return new TextDecoder().decode(line);
  throw new Error("Cannot read standard input: expected a line for the flag with -, received none");
}
