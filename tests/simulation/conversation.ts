/**
 * What a peer has to do with the server about one wish: connect, ask, read the answers, try again.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { decodeResponse } from "../../src/protocol/decode_response.ts";
import { encodeRequest, encodeResponse } from "../../src/protocol/encode.ts";
import { JsonStream } from "../../src/protocol/json_stream.ts";
import type { PeerPort, RemotePeer, Request, Response } from "../../src/protocol/message.ts";
import { demand } from "./checker/violation.ts";
import type { PeerProcess } from "./peer_process.ts";
import type { TcpEnd } from "../simulated/tcp.ts";

/** What a conversation is about, and how the peer goes about it. */
export interface ConversationPlan {
  readonly mode: "Server" | "Client" | "Peer";
  /** Whom a `Client` or `Peer` wants to meet, as it is known when it asks. */
  readonly remote: () => { readonly address: Address; readonly peerPort: PeerPort };
  /** By what it asks, if it has a Token; a host with a name is found by both. */
  readonly by: "address" | "name";
  /** What the remote peer calls itself; at a meeting point as this one does. */
  readonly remoteName: () => string | undefined;
  /** How a peer with a Token names a remote peer that shares its address. */
  readonly neighbours: "by address" | "as its own address";
  /** Whether the registration leaves before the connection, after it, or not at all this time. */
  readonly registration: "before" | "after" | "sometimes not";
  /** How often a host, or a `Peer` with a Token, sends KeepAlive; `Infinity` for never. */
  readonly keepAliveMs: number;
  /** Whether a host reads all the time, or at times not for seconds. */
  readonly attention: "reads" | "naps";
  /** Pause after a failure. */
  readonly retryMs: number;
  /** Pause after a success, before it wants the same again. */
  readonly restMs: number;
  /** Whether it then uses the same socket. */
  readonly nextTime: "same socket" | "new socket";
  /** Whether it half-closes at times while it waits, as `ncat` does at the end of its input. */
  readonly patience: "waits" | "half-closes at times";
}

const MAX_REST_MS = 2_000;
const HALF_CLOSE_CHANCE = 0.2;
const SKIPPED_REGISTRATION_CHANCE = 0.5;
const WRONG_TOKEN_CHANCE = 0.1;
const REPETITION_CHANCE = 0.3;
const MAX_NAP_MS = 6_000;

/** A conversation; it goes on until the peer leaves. */
export class Conversation {
  /** How often it reached its aim since {@linkcode behaveWell}. */
  successes = 0;
  readonly #plan: ConversationPlan;
  readonly #process: PeerProcess;
  #end: TcpEnd | undefined;
  /** Number of responses on this connection. */
  #heard = 0;
  #askedFor: Address | undefined;
  #manners: "mixed" | "good" = "mixed";
  #cancelNext: (() => void) | undefined;
  #cancelKeepAlive: (() => void) | undefined;

  constructor(plan: ConversationPlan, process: PeerProcess) {
    this.#plan = plan;
    this.#process = process;
  }

  /** Its wish. */
  get mode(): ConversationPlan["mode"] {
    return this.#plan.mode;
  }

  /** Begins. */
  start(): void {
    this.#cancelNext?.();
    const registration = this.#registration();
    if (registration === "before") this.#process.register();
    const end = this.#process.machine.connect(
      this.#process.server.address,
      () => this.#opened(end, registration),
      () => this.#lost(end),
    );
    this.#end = end;
    this.#heard = 0;
    // A connection that is refused at once may hear why before it hears that it is open.
    const stream = new JsonStream();
    end.events = {
      received: (bytes) => this.#read(end, stream, bytes),
      finished: () => this.#lost(end),
      lost: () => this.#lost(end),
    };
  }

  /**
   * From now on it makes no more mistakes, and begins if it does nothing at the moment, or waits
   * for a remote peer that has another name by now.
   */
  behaveWell(): void {
    this.#manners = "good";
    this.#end?.resumeReading();
    this.successes = 0;
    const { mode, remote } = this.#plan;
    const isOutdated = mode !== "Server" && this.#remoteName() === undefined &&
      remote().address !== this.#askedFor;
    if (this.#end !== undefined && !isOutdated) return;
    this.leave();
    this.start();
  }

  /** Ends properly. */
  leave(): void {
    this.#stop()?.close();
  }

  /** Ends without a word of its own. */
  crash(how: "process" | "power"): void {
    const end = this.#stop();
    if (how === "process") end?.reset();
    else end?.vanish();
  }

  /** Something between the peer and the server breaks the connection. */
  breakConnection(): void {
    const end = this.#end;
    if (end === undefined) return;
    end.reset();
    this.#lost(end);
  }

  /** The network forgets the connection; the peer notices later, the server never hears of it. */
  loseConnection(noticedAfterMs: number): void {
    const end = this.#end;
    if (end === undefined) return;
    end.vanish();
    this.#process.surroundings.clock.schedule(noticedAfterMs, () => this.#lost(end));
  }

  #registration(): "before" | "after" | "not at all" {
    const { registration } = this.#plan;
    if (registration !== "sometimes not") return registration;
    if (this.#manners === "good") return "before";
    const { prng } = this.#process.surroundings;
    return prng.chance(SKIPPED_REGISTRATION_CHANCE) ? "not at all" : "before";
  }

  #opened(end: TcpEnd, registration: "before" | "after" | "not at all"): void {
    if (end !== this.#end) return;
    const request = this.#request();
    end.write(encodeRequest(request), request);
    if (registration === "after") this.#process.register();
    const { mode } = this.#plan;
    if (mode === "Server") this.#napLater(end);
    else this.#perhapsHalfClose(end);
    if (mode === "Server" || mode === "Peer" && this.#process.extension !== undefined) {
      this.#keepAliveLater(end);
    }
  }

  #request(): Request {
    const { mode, remote, by } = this.#plan;
    this.#askedFor = remote().address;
    const { plan: { peerPort: localPeerPort, name }, extension } = this.#process;
    const hasName = by === "name" && extension !== undefined && name !== undefined;
    const named = hasName && mode !== "Client" ? { ...extension, localName: name } : extension;
    if (mode === "Server") return { connectionType: mode, localPeerPort, extension: named };
    const remoteName = this.#remoteName();
    return remoteName === undefined
      ? { connectionType: mode, localPeerPort, remote: this.#named(remote()), extension }
      : { connectionType: mode, localPeerPort, remote: { name: remoteName }, extension: named };
  }

  /** What it asks for, if it asks by name. */
  #remoteName(): string | undefined {
    const { by, remoteName } = this.#plan;
    return by === "name" && this.#process.extension !== undefined ? remoteName() : undefined;
  }

  #named(remote: RemotePeer): RemotePeer {
    const { extension, publicAddress } = this.#process;
    const isNeighbour = extension !== undefined && remote.address === publicAddress &&
      this.#plan.neighbours === "as its own address";
    return isNeighbour ? { address: "own", peerPort: remote.peerPort } : remote;
  }

  #perhapsHalfClose(end: TcpEnd): void {
    const { clock, prng } = this.#process.surroundings;
    if (this.#plan.patience === "waits" || !prng.chance(HALF_CLOSE_CHANCE)) return;
    clock.schedule(prng.between(0, 2_000), () => {
      if (this.#manners === "mixed") end.finish();
    });
  }

  /** A host that does not read for a while: what it is told meanwhile waits. */
  #napLater(end: TcpEnd): void {
    const { clock, prng } = this.#process.surroundings;
    if (this.#plan.attention === "reads" || this.#manners === "good") return;
    clock.schedule(prng.between(0, MAX_NAP_MS), () => {
      if (end !== this.#end || this.#manners === "good") return;
      end.stopReading();
      clock.schedule(prng.between(0, MAX_NAP_MS), () => {
        end.resumeReading();
        this.#napLater(end);
      });
    });
  }

  #keepAliveLater(end: TcpEnd): void {
    const { keepAliveMs } = this.#plan;
    if (keepAliveMs === Infinity) return;
    this.#cancelKeepAlive = this.#process.surroundings.clock.schedule(keepAliveMs, () => {
      const request = this.#renewal();
      end.write(encodeRequest(request), request);
      this.#keepAliveLater(end);
    });
  }

  /** A host with a name may as well repeat its request, with news of it. */
  #renewal(): Request {
    const { mode, by } = this.#plan;
    const mayRepeat = mode === "Server" && by === "name" && this.#process.plan.name !== undefined &&
      this.#process.extension !== undefined;
    const { prng } = this.#process.surroundings;
    return mayRepeat && prng.chance(REPETITION_CHANCE) ? this.#request() : this.#keepAlive();
  }

  #keepAlive(): Request {
    const { extension, surroundings: { prng } } = this.#process;
    const request = { connectionType: "KeepAlive" } as const;
    if (extension === undefined || prng.chance(0.2)) return request;
    const token = prng.chance(WRONG_TOKEN_CHANCE) ? `not ${extension.token}` : extension.token;
    return { ...request, extension: { token, answer: prng.chance(0.8) } };
  }

  /** What a peer reads must be what the server meant. */
  #read(end: TcpEnd, stream: JsonStream, bytes: Uint8Array): void {
    for (const framed of stream.push(bytes)) {
      const sent = end.otherPassages[this.#heard++]?.meaning as Response;
      const response = framed.ok ? decodeResponse(framed.value) : framed;
      demand(response.ok, "Response: A peer can read every response.", () => String(bytes));
      const { value } = response;
      demand(
        textOf(sent) === textOf(value as Response),
        "Response: A peer reads what the server sent.",
        () => JSON.stringify(value),
      );
      if (!("source" in value)) continue;
      this.successes++;
      if (this.#plan.mode !== "Server") this.#succeed(end);
    }
  }

  #succeed(end: TcpEnd): void {
    end.close();
    this.#cancelKeepAlive?.();
    this.#end = undefined;
    const { restMs, nextTime } = this.#plan;
    // Again even when all is well: the remote peer may have been dead when it was introduced.
    if (this.#manners === "good") this.#again(Math.min(restMs, MAX_REST_MS), "same socket");
    else this.#again(restMs, nextTime);
  }

  /** The connection is over: answered with a refusal, or broken. */
  #lost(end: TcpEnd): void {
    if (end !== this.#end) return;
    end.close();
    this.#cancelKeepAlive?.();
    this.#end = undefined;
    this.#again(this.#plan.retryMs, "same socket");
  }

  #again(pauseMs: number, socket: "same socket" | "new socket"): void {
    const { clock, prng } = this.#process.surroundings;
    this.#cancelNext = clock.schedule(pauseMs * prng.between(0.5, 1.5), () => {
      if (socket === "new socket") this.#process.renewSocket();
      this.start();
    });
  }

  #stop(): TcpEnd | undefined {
    const end = this.#end;
    this.#end = undefined;
    this.#cancelNext?.();
    this.#cancelKeepAlive?.();
    return end;
  }
}

function textOf(response: Response): string {
  return new TextDecoder().decode(encodeResponse(response));
}
