/**
 * A lease manager under a virtual clock, so that a test reads as a script of inputs with times and
 * the exact outputs.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Endpoint, formatEndpoint, parseEndpoint } from "../../src/address.ts";
import type {
  Extension,
  NamedRemote,
  PeerPort,
  RemotePeer,
  Request,
  Response,
} from "../../src/protocol/message.ts";
import type { DatagramFate } from "../../src/rendezvous/counters.ts";
import { LeaseManager, type RendezvousSettings } from "../../src/rendezvous/lease_manager.ts";
import type { ResponseOutlet, Session } from "../../src/rendezvous/session.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../support/settings.ts";

/** A source of "random" numbers that differ and are the same in every run. */
export function countingRandom32(): () => number {
  let state = 1;
  return () => state = Math.imul(state, 0x19660d) + 0x3c6ef35f >>> 0;
}

/** The stage of a script. */
export class Rig {
  readonly manager: LeaseManager;
  readonly trace: string[] = [];
  /** `TRANSPORT CLASS ADDRESS` of each refusal that may answer an abuse. */
  readonly abuse: string[] = [];
  #nowMs = 0;
  #pairKeys = 0;

  /** @param settings what differs from {@linkcode SETTINGS_WITHOUT_LIMITS} */
  constructor(settings: Partial<RendezvousSettings> = {}) {
    const randomness = { random32: countingRandom32(), pairKey: () => `key${++this.#pairKeys}` };
    this.manager = new LeaseManager(
      { ...SETTINGS_WITHOUT_LIMITS, ...settings },
      randomness,
      (event) => {
        this.trace.push(event);
      },
      (...refusal) => {
        this.abuse.push(refusal.join(" "));
      },
    );
  }

  /** The time on stage. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass; the timer rings whenever something is due, as the server's does. */
  at(ms: number): void {
    assert(ms >= this.#nowMs, `a script goes forwards: ${ms} after ${this.#nowMs}`);
    while (this.manager.nextDeadlineMs <= ms) {
      this.#nowMs = Math.max(this.#nowMs, this.manager.nextDeadlineMs);
      this.manager.expire(this.#nowMs);
      assert(this.manager.nextDeadlineMs > this.#nowMs, "what was due must be done");
    }
    this.#nowMs = ms;
  }

  /** Lets time pass without the timer, as on a machine that was busy. */
  atWithoutTimer(ms: number): void {
    this.#nowMs = ms;
  }

  /** The timer rings now. */
  rings(): void {
    this.manager.expire(this.#nowMs);
  }

  /** A registration datagram arrives. */
  datagram(source: string, peerPort: number | PeerPort, token?: string): DatagramFate {
    const registration = { peerPort: BigInt(peerPort), token };
    const endpoint = toEndpoint(source);
    const admitted = this.manager.admit(endpoint, this.#nowMs);
    return typeof admitted === "string"
      ? admitted
      : this.manager.register(registration, endpoint, admitted, this.#nowMs);
  }

  /** A peer connects. */
  connect(address: string): ScriptedPeer {
    const peer = new ScriptedPeer(this, address);
    peer.session = this.manager.connect(peer, this.#nowMs);
    return peer;
  }

  /** A peer connects and makes a request. */
  ask(address: string, request: Request): ScriptedPeer {
    const peer = this.connect(address);
    peer.requests(request);
    return peer;
  }

  /** Asserts that nothing is kept for anybody. */
  assertEmpty(): void {
    const { leaseCount, sessionCount, rosterSize, nextDeadlineMs } = this.manager;
    assertEquals(
      { leaseCount, sessionCount, rosterSize, nextDeadlineMs },
      { leaseCount: 0, sessionCount: 0, rosterSize: 0, nextDeadlineMs: Infinity },
    );
  }
}

/** The peer's end of a connection on stage: it notes what it is told. */
export class ScriptedPeer implements ResponseOutlet {
  readonly address: string;
  session: Session | undefined;
  state: "reads" | "ended" = "reads";
  /** A full queue, where the peer does not read. */
  hasRoom = true;
  readonly #rig: Rig;
  #lines: string[] = [];

  constructor(rig: Rig, address: string) {
    this.#rig = rig;
    this.address = address;
  }

  send(response: Response): void {
    assert(this.state !== "ended", `${this.address} is told something after the end`);
    this.#lines.push(`${this.#rig.nowMs} ${responseText(response)}`);
  }

  end(): void {
    assert(this.state !== "ended", `${this.address} is ended twice`);
    this.state = "ended";
    this.#lines.push(`${this.#rig.nowMs} end`);
  }

  /** A whole request arrives. */
  requests(request: Request): void {
    this.#rig.manager.request(this.#session, request, this.#rig.nowMs);
  }

  /** Bytes arrive that are no request. */
  sendsGarbage(explanation: string): void {
    this.#rig.manager.malformed(this.#session, explanation, this.#rig.nowMs);
  }

  /** The peer closes its sending side. */
  halfCloses(): void {
    this.#rig.manager.cancel(this.#session, this.#rig.nowMs);
  }

  /** The peer has read everything. */
  drains(): void {
    this.hasRoom = true;
    this.#rig.manager.drain(this.#session, this.#rig.nowMs);
  }

  /** The connection is gone. */
  disconnects(): void {
    this.#rig.manager.disconnect(this.#session, this.#rig.nowMs);
  }

  /** Asserts what the peer was told since the last call, with the times. */
  told(...lines: string[]): void {
    assertEquals(this.#lines, lines);
    this.#lines = [];
  }

  /** What the peer was told since the last call. */
  takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  get #session(): Session {
    assert(this.session !== undefined, `${this.address} was not let in`);
    return this.session as Session;
  }
}

/** The members of an extended request. */
export interface ScriptedExtension {
  readonly token: string;
  /** Local endpoints. */
  readonly local?: readonly string[];
  /** LocalName. */
  readonly name?: string;
  readonly note?: string;
}

/** A `Server` request. */
export function server(localPeerPort: number, extension?: ScriptedExtension): Request {
  return {
    connectionType: "Server",
    localPeerPort: BigInt(localPeerPort),
    extension: toExtension(extension),
  };
}

/** A `Client` request; `remote` is `IP/PeerPort`, `own/PeerPort` or a name. */
export function client(
  localPeerPort: number,
  remote: string | NamedRemote,
  extension?: ScriptedExtension,
): Request {
  return remoteRequest("Client", localPeerPort, remote, extension);
}

/** A `Peer` request; `remote` is `IP/PeerPort`, `own/PeerPort` or a name. */
export function peer(
  localPeerPort: number,
  remote: string | NamedRemote,
  extension?: ScriptedExtension,
): Request {
  return remoteRequest("Peer", localPeerPort, remote, extension);
}

/** A `KeepAlive` request. */
export const KEEP_ALIVE: Request = { connectionType: "KeepAlive" };

function remoteRequest(
  connectionType: "Client" | "Peer",
  localPeerPort: number,
  remote: string | NamedRemote,
  extension: ScriptedExtension | undefined,
): Request {
  return {
    connectionType,
    localPeerPort: BigInt(localPeerPort),
    remote: typeof remote === "string" ? toRemotePeer(remote) : remote,
    extension: toExtension(extension),
  };
}

function toRemotePeer(text: string): RemotePeer {
  const [address, peerPort] = text.split("/");
  return { address, peerPort: BigInt(peerPort) };
}

function toExtension(extension: ScriptedExtension | undefined): Extension | undefined {
  if (extension === undefined) return undefined;
  const { token, local = [], name, note } = extension;
  return {
    token,
    localEndpoints: local.map(toEndpoint),
    ...(name !== undefined && { localName: name }),
    ...(note !== undefined && { note }),
  };
}

/** Port 0, which is no endpoint of a peer, can be written here too. */
function toEndpoint(text: string): Endpoint {
  if (text.endsWith(":0")) return { ...toEndpoint(`${text.slice(0, -1)}1`), port: 0 };
  const endpoint = parseEndpoint(text);
  assert(endpoint !== undefined, `${text} is an endpoint`);
  return endpoint as Endpoint;
}

/** `you A, remote B` or `code: explanation`, then the extended members by their names. */
function responseText(response: Response): string {
  if ("code" in response) return `${response.code}: ${response.explanation}`;
  if ("leaseTimeoutS" in response) return `kept alive, LeaseTimeoutS ${response.leaseTimeoutS}`;
  const { source, dest, extension } = response;
  const words = [`you ${formatEndpoint(source)}, remote ${formatEndpoint(dest)}`];
  if (extension?.pairKey !== undefined) words.push(`PairKey ${extension.pairKey}`);
  if (extension !== undefined) words.push(`DestAgeMs ${extension.destAgeMs}`);
  if (extension?.destLocal !== undefined) {
    words.push(`DestLocal ${extension.destLocal.map(formatEndpoint).join(" ")}`);
  }
  if (extension?.destNote !== undefined) words.push(`DestNote ${extension.destNote}`);
  return words.join(", ");
}
