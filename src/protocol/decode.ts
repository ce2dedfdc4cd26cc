/**
 * Bytes to messages. Total: any input gives a value or a reason, nothing is thrown, and no result
 * shares memory with its input.
 *
 * @module
 */

import { type Endpoint, parseAddress, parseEndpoint } from "../address.ts";
import { MAX_LOCAL_ENDPOINTS, MAX_REGISTRATION_BYTES } from "./limits.ts";
import { readInt64 } from "./integer.ts";
import { JsonDocument } from "./json.ts";
import { NOWHERE, readBoolean, readText } from "./json_text.ts";
import { MemberNames } from "./member_names.ts";
import type {
  Decoded,
  Extension,
  KeepAliveRequest,
  PeerPort,
  Registration,
  RegistrationFault,
  RemotePeer,
  RemoteRequest,
  Request,
} from "./message.ts";
import { quoteValue } from "./quote.ts";
import { LABEL_WORDS, NOTE_WORDS, readLabel, readNote } from "./text_members.ts";

const REGISTRATION_MEMBERS = new MemberNames(["PeerPort", "Token"]);
const REQUEST_MEMBERS = new MemberNames([
  "RemoteIP",
  "RemotePeerPort",
  "LocalPeerPort",
  "ConnectionType",
  "Token",
  "LocalEndpoints",
  "LocalName",
  "RemoteName",
  "Note",
  "Answer",
]);
/** More than a ConnectionType or an endpoint can have, so that what is longer shows. */
const MAX_TEXT_CHARS = 65;

/**
 * Decodes a registration datagram.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeRegistration } from "./decode.ts";
 *
 * const datagram = new TextEncoder().encode('{"PeerPort": 9007199254740993}');
 * assertEquals(decodeRegistration(datagram), {
 *   ok: true,
 *   value: { peerPort: 9007199254740993n, token: undefined },
 * });
 * ```
 */
export function decodeRegistration(
  datagram: Uint8Array,
): Decoded<Registration, RegistrationFault> {
  if (datagram.length > MAX_REGISTRATION_BYTES) return { ok: false, reason: "too_long" };
  const json = new JsonDocument(datagram, REGISTRATION_MEMBERS);
  if (!json.isJson) return { ok: false, reason: "not_json" };
  if (!json.isObject) return { ok: false, reason: "not_object" };
  const peerPortAt = json.offsetOf("PeerPort");
  if (peerPortAt === NOWHERE) return { ok: false, reason: "missing_peer_port" };
  const peerPort = readInt64(datagram, peerPortAt);
  if (peerPort === undefined) return { ok: false, reason: "bad_peer_port" };
  const tokenAt = json.offsetOf("Token");
  if (tokenAt === NOWHERE) return { ok: true, value: { peerPort, token: undefined } };
  const token = readLabel(datagram, tokenAt);
  return token === undefined
    ? { ok: false, reason: "bad_token" }
    : { ok: true, value: { peerPort, token } };
}

/**
 * Decodes one complete request, as {@linkcode JsonStream} cuts it.
 *
 * @returns the request, or an explanation that says what was expected and what came
 */
export function decodeRequest(bytes: Uint8Array): Decoded<Request, string> {
  const json = new JsonDocument(bytes, REQUEST_MEMBERS);
  if (!json.isJson) return { ok: false, reason: `${json.fault} of the request` };
  if (!json.isObject) {
    const received = quoteValue(json, json.start);
    return { ok: false, reason: `expected a JSON object, received ${received}` };
  }
  const reader = new RequestReader(json);
  const value = reader.read();
  return reader.mismatch === undefined
    ? { ok: true, value: value as Request }
    : { ok: false, reason: reader.mismatch };
}

/** The names that a request has. */
interface Names {
  readonly localName?: string | undefined;
  readonly remoteName?: string | undefined;
}

/** Reads members in the order in which they are explained; the first mismatch ends it. */
class RequestReader {
  /** Which member is not what the protocol says, and what it is. */
  mismatch: string | undefined;
  readonly #json: JsonDocument;

  constructor(json: JsonDocument) {
    this.#json = json;
  }

  /** The request, unless there is a {@linkcode mismatch}. */
  read(): Request | undefined {
    const connectionType = this.#text("ConnectionType");
    switch (connectionType) {
      case "KeepAlive":
        return this.#keepAlive();
      case "Server": {
        const localPeerPort = this.#peerPort("LocalPeerPort");
        const extension = this.#extension();
        const { localName } = this.#names(extension);
        return { connectionType, localPeerPort, extension: withName(extension, localName) };
      }
      case "Client":
      case "Peer":
        return this.#remoteRequest(connectionType);
      default:
        return this.#refuse("ConnectionType", '"Server", "Client", "Peer" or "KeepAlive"');
    }
  }

  #remoteRequest(connectionType: "Client" | "Peer"): RemoteRequest {
    const localPeerPort = this.#peerPort("LocalPeerPort");
    const extension = this.#extension();
    const { localName, remoteName } = this.#names(extension);
    if (remoteName === undefined) {
      return { connectionType, localPeerPort, remote: this.#remote(extension), extension };
    }
    const remote = { name: remoteName };
    if (connectionType === "Client") return { connectionType, localPeerPort, remote, extension };
    if (localName === undefined) this.#refuse("LocalName", `${LABEL_WORDS} beside a RemoteName`);
    return { connectionType, localPeerPort, remote, extension: withName(extension, localName) };
  }

  #keepAlive(): KeepAliveRequest {
    const token = this.#extension()?.token;
    if (token === undefined) return { connectionType: "KeepAlive" };
    return { connectionType: "KeepAlive", extension: { token, answer: this.#answer() } };
  }

  #answer(): boolean {
    const offset = this.#json.offsetOf("Answer");
    if (offset === NOWHERE) return false;
    const answer = readBoolean(this.#json.bytes, offset);
    if (answer === undefined) this.#refuse("Answer", "true or false");
    return answer ?? false;
  }

  #peerPort(name: string): PeerPort {
    const { bytes } = this.#json;
    const peerPort = readInt64(bytes, this.#json.offsetOf(name));
    if (peerPort === undefined) this.#refuse(name, "a 64-bit integer");
    return peerPort ?? 0n;
  }

  #remote(extension: Extension | undefined): RemotePeer {
    const ip = this.#text("RemoteIP");
    const peerPort = this.#peerPort("RemotePeerPort");
    if (ip === "" && extension !== undefined) return { address: "own", peerPort };
    const address = ip === undefined ? undefined : parseAddress(ip);
    if (address === undefined) this.#refuse("RemoteIP", "an IP address");
    return { address: address ?? "", peerPort };
  }

  #extension(): Extension | undefined {
    const offset = this.#json.offsetOf("Token");
    if (offset === NOWHERE) return undefined;
    const token = readLabel(this.#json.bytes, offset);
    if (token === undefined) return this.#refuse("Token", LABEL_WORDS);
    const localEndpoints = this.#localEndpoints();
    const note = this.#note();
    return note === undefined ? { token, localEndpoints } : { token, localEndpoints, note };
  }

  #note(): string | undefined {
    const offset = this.#json.offsetOf("Note");
    if (offset === NOWHERE) return undefined;
    return readNote(this.#json.bytes, offset) ?? this.#refuse("Note", NOTE_WORDS);
  }

  /** Two equal names are one text, so that a session keeps it once. */
  #names(extension: Extension | undefined): Names {
    if (extension === undefined) return {};
    const localName = this.#name("LocalName");
    const remoteName = this.#name("RemoteName");
    return { localName: localName === remoteName ? remoteName : localName, remoteName };
  }

  #name(member: "LocalName" | "RemoteName"): string | undefined {
    const offset = this.#json.offsetOf(member);
    if (offset === NOWHERE) return undefined;
    return readLabel(this.#json.bytes, offset) ?? this.#refuse(member, LABEL_WORDS);
  }

  #localEndpoints(): Endpoint[] {
    const offset = this.#json.offsetOf("LocalEndpoints");
    if (offset === NOWHERE) return [];
    const { bytes } = this.#json;
    const elements = this.#json.isArray(offset) ? this.#json.elements(offset) : undefined;
    if (elements === undefined || elements.length > MAX_LOCAL_ENDPOINTS) {
      const received = elements && `a list of ${elements.length}`;
      this.#refuse("LocalEndpoints", `a list of at most ${MAX_LOCAL_ENDPOINTS}`, received);
      return [];
    }
    const endpoints: Endpoint[] = [];
    for (const element of elements) {
      const text = readText(bytes, element, MAX_TEXT_CHARS);
      const endpoint = text === undefined ? undefined : parseEndpoint(text);
      if (endpoint !== undefined) endpoints.push(endpoint);
      else this.#refuse("LocalEndpoints", "IP:port texts", quoteValue(this.#json, element));
    }
    return endpoints;
  }

  #text(name: string): string | undefined {
    return readText(this.#json.bytes, this.#json.offsetOf(name), MAX_TEXT_CHARS);
  }

  #refuse(name: string, expected: string, received?: string): undefined {
    this.mismatch ??= `${name}: expected ${expected}, received ` +
      (received ?? quoteValue(this.#json, this.#json.offsetOf(name)));
    return undefined;
  }
}

/** Members are written out: an object that others are spread into takes 32 bytes more. */
function withName(
  extension: Extension | undefined,
  localName: string | undefined,
): Extension | undefined {
  if (extension === undefined || localName === undefined) return extension;
  const { token, localEndpoints, note } = extension;
  return note === undefined
    ? { token, localEndpoints, localName }
    : { token, localEndpoints, localName, note };
}
