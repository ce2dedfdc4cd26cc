/**
 * A peer as a user of the protocol runs it: one UDP socket whose registration it repeats, and any
 * number of conversations with the server about it. It can crash, lose power and come back.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf } from "../../src/address.ts";
import { encodeRegistration } from "../../src/protocol/encode.ts";
import type { Extension, PeerPort } from "../../src/protocol/message.ts";
import { Conversation, type ConversationPlan } from "./conversation.ts";
import type { Machine, SimulatedSocket } from "./machine.ts";
import type { Prng } from "../simulated/prng.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** What a peer is like. */
export interface ProcessPlan {
  readonly peerPort: PeerPort;
  /** Whether it has a Token, and whether it keeps it when it starts again. */
  readonly token: "none" | "one for each socket" | "one for ever";
  /** How many local endpoints it gives, if it has a Token. */
  readonly localEndpointCount: number;
  /** What it calls itself where it asks by name, or is a host that has one. */
  readonly name: string | undefined;
  /** Whether it has news for whoever it meets, if it has a Token. */
  readonly notes: "none" | "the same" | "ever new";
  /** How often it repeats its registration; `Infinity` for a peer that does not. */
  readonly refreshMs: number;
  readonly conversations: readonly ConversationPlan[];
}

/** What a process needs of the world. */
export interface ProcessSurroundings {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  /** Where the server is. */
  readonly server: { readonly IPv4: Endpoint; readonly IPv6: Endpoint };
}

/** A running peer, or one that crashed. */
export class PeerProcess {
  readonly plan: ProcessPlan;
  readonly machine: Machine;
  readonly surroundings: ProcessSurroundings;
  readonly conversations: readonly Conversation[];
  #socket: SimulatedSocket | undefined;
  #token: string | undefined;
  #refreshMs: number;
  #cancelRefresh: (() => void) | undefined;
  #noteCount = 0;

  constructor(plan: ProcessPlan, machine: Machine, surroundings: ProcessSurroundings) {
    this.plan = plan;
    this.machine = machine;
    this.surroundings = surroundings;
    this.#refreshMs = plan.refreshMs;
    this.conversations = plan.conversations.map((each) => new Conversation(each, this));
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#socket !== undefined;
  }

  /** How its remote peers name its address. */
  get publicAddress(): Address {
    return this.machine.publicAddress("tcp");
  }

  /** What makes its requests extended ones. */
  get extension(): Extension | undefined {
    if (this.#token === undefined || this.#socket === undefined) return undefined;
    const { local } = this.#socket;
    const localEndpoints = Array.from(
      { length: this.plan.localEndpointCount },
      (_, i) => ({ address: local.address, port: local.port + i }),
    );
    const { notes } = this.plan;
    if (notes === "none") return { token: this.#token, localEndpoints };
    const note = notes === "the same" ? "" : `"${this.#noteCount++}"\n☃`;
    return { token: this.#token, localEndpoints, note };
  }

  /** Opens its socket and begins. */
  start(): void {
    if (this.isRunning) return;
    this.renewSocket();
    for (const conversation of this.conversations) conversation.start();
  }

  /** Replaces its socket, as a peer that starts again does. */
  renewSocket(): void {
    this.#socket?.close();
    this.#socket = this.machine.openUdp();
    const { token } = this.plan;
    if (
      token === "one for each socket" || (token === "one for ever" && this.#token === undefined)
    ) {
      this.#token = this.surroundings.prng.next32().toString(36);
    }
    this.#refreshLater();
  }

  /** Sends its registration. */
  register(): void {
    const registration = { peerPort: this.plan.peerPort, token: this.#token };
    this.#socket?.send(encodeRegistration(registration), this.server, registration);
  }

  /** Stops at once; the system resets its connections, a machine without power says nothing. */
  crash(how: "process" | "power"): void {
    this.#stop();
    for (const conversation of this.conversations) conversation.crash(how);
  }

  /** Closes everything properly. */
  leave(): void {
    this.#stop();
    for (const conversation of this.conversations) conversation.leave();
  }

  /** From now on it does what a good client should, and begins at once with what it wants. */
  behaveWell(refreshMs: number): void {
    this.#refreshMs = Math.min(refreshMs, this.plan.refreshMs);
    if (!this.isRunning) this.renewSocket();
    this.register();
    this.#refreshLater();
    for (const conversation of this.conversations) conversation.behaveWell();
  }

  /** Where the server is, in the peer's family. */
  get server(): Endpoint {
    return this.surroundings.server[familyOf(this.machine.address)];
  }

  #stop(): void {
    this.#cancelRefresh?.();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #refreshLater(): void {
    this.#cancelRefresh?.();
    if (this.#refreshMs === Infinity) return;
    const { clock, prng } = this.surroundings;
    const delayMs = this.#refreshMs * prng.between(0.8, 1.2);
    this.#cancelRefresh = clock.schedule(delayMs, () => {
      this.register();
      this.#refreshLater();
    });
  }
}
