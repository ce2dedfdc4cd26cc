/**
 * Who this peer is, where it asks and how patiently: what `host`, `join` and `peer` share.
 *
 * @module
 */

import { abortable } from "../../async/waiting.ts";
import {
  createToken,
  type LocalEndpoints,
  MAX_DATAGRAM_BYTES,
  newCode,
  parseCode,
  type PeerEvent,
  type PeerOptions,
  type PeerPort,
  type Wait,
} from "../../peer/mod.ts";
import { formatHostPort, type HostPort } from "../../peer/names.ts";
import { type GivenCode, STANDARD_INPUT } from "../hidden_flags.ts";
import type { CommandIo } from "../io.ts";
import { serverOf, type Task } from "./flag_checks.ts";
import { lines } from "./lines.ts";
import { PipeInput } from "./pipe_input.ts";

/** What the flags of all three say. */
export interface IdentityValues {
  readonly server: HostPort | undefined;
  readonly code: GivenCode | undefined;
  readonly local: PeerPort | undefined;
  readonly token: string | undefined;
  readonly secret: string | undefined;
  readonly wait: "auto" | Wait;
  readonly local_endpoints: "auto" | LocalEndpoints;
}

/** By what both sides find each other, and whether the user knows it already. */
export interface MeetingCode {
  readonly text: string;
  readonly origin: "given" | "made";
}

/** One peer, the same for all of its attempts. */
export interface Identity {
  readonly server: HostPort;
  /** `undefined` where both sides meet by their addresses. */
  readonly code: MeetingCode | undefined;
  /** `undefined` leaves it to the library: who meets by a code needs to know no number. */
  readonly local: PeerPort | undefined;
  readonly token: string;
  readonly secret: string | undefined;
  readonly wait: Wait;
  /** `undefined` leaves it to the library. */
  readonly localEndpoints: LocalEndpoints | undefined;
}

/** Few enough digits to be read out; enough that 1,000 peers behind one address hardly collide. */
const RANDOM_PEER_PORTS = { first: 100_000_000, count: 900_000_000 };

/**
 * Completes what the flags say.
 *
 * @param lacking what is done where there is neither a code nor a number of this peer
 * @throws {Error} when standard input lacks what it was to have
 */
export async function identify(
  values: IdentityValues,
  { task, lacking }: { readonly task: Task; readonly lacking: "make a code" | "choose a number" },
  io: CommandIo,
): Promise<Identity> {
  const { token, secret, wait, local_endpoints: localEndpoints } = values;
  const given = await givenCode(values.code, io);
  const isBare = given === undefined && values.local === undefined;
  const made = isBare && lacking === "make a code" ? makeCode(io) : undefined;
  return {
    server: serverOf(values) as HostPort,
    code: given ?? made,
    local: isBare && made === undefined ? chooseLocal(io) : values.local,
    token: await hiddenText(token, io) ?? createToken(io.platform),
    secret: await hiddenText(secret, io),
    // At a pipe somebody wants to know soon.
    wait: wait !== "auto" ? wait : task === "carries flows" ? "on" : "off",
    localEndpoints: localEndpoints === "auto" ? undefined : localEndpoints,
  };
}

/** What the library is told. */
export function peerOptions(
  { server, code, local, token, secret, wait, localEndpoints }: Identity,
  { platform, signal }: CommandIo,
  onEvent: (event: PeerEvent) => void,
): PeerOptions {
  return {
    server: formatHostPort(server),
    token,
    wait,
    signal,
    platform,
    onEvent,
    ...code === undefined ? {} : { code: code.text },
    ...local === undefined ? {} : { localPeerPort: local },
    ...secret === undefined ? {} : { secret },
    ...localEndpoints === undefined ? {} : { localEndpoints },
  };
}

function makeCode({ platform }: CommandIo): MeetingCode {
  return { text: newCode(platform), origin: "made" };
}

/** The code that the flags name, or that standard input has in its place. */
async function givenCode(
  given: GivenCode | undefined,
  io: CommandIo,
): Promise<MeetingCode | undefined> {
  const text = await hiddenText(given?.code, io);
  if (text?.includes("/")) {
    throw new Error(
      "Cannot use this code: expected it alone on standard input, received a slash as well",
    );
  }
  return text === undefined ? undefined : { text: parseCode(text), origin: "given" };
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
async function hiddenText(
  text: string | undefined,
  { input, signal }: CommandIo,
): Promise<string | undefined> {
  return text === STANDARD_INPUT ? await abortable(firstLine(input), signal) : text;
}

async function firstLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const { bytes, length } of lines(new PipeInput(input), "LF or CR LF")) {
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
    throw new Error(
      `Cannot read standard input: expected a line of at most ${MAX_DATAGRAM_BYTES} bytes for the ` +
        `flag with -, received ${length}`,
    );
  }
  throw new Error("Cannot read standard input: expected a line for the flag with -, received none");
}
