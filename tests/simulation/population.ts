/**
 * Who lives in the world: pairs, hosts with their clients, peers with many wishes, and those whose
 * wishes cannot come true.
 *
 * @module
 */

import { MAX_PEER_PORT, MIN_PEER_PORT, type PeerPort } from "../../src/protocol/message.ts";
import type { ConversationPlan } from "./conversation.ts";
import type { Machine } from "./machine.ts";
import { PeerProcess, type ProcessPlan, type ProcessSurroundings } from "./peer_process.ts";
import type { Prng } from "../simulated/prng.ts";

/** A wish for which two processes need each other. */
export interface Wish {
  readonly from: PeerProcess;
  readonly to: PeerProcess;
  readonly mode: "Client" | "Peer";
  /** Place of the conversation among those of `from`. */
  readonly index: number;
}

/** Numbers where number types end. */
const EDGES: readonly PeerPort[] = [
  0n,
  -1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 53n + 1n,
  MIN_PEER_PORT,
  MAX_PEER_PORT,
];
const SAME_NUMBER_CHANCE = 0.03;
const TWIN_CHANCE = 0.06;

/** Makes processes and their wishes. */
export class Population {
  readonly processes: PeerProcess[] = [];
  readonly wishes: Wish[] = [];
  readonly #newMachine: () => Machine;
  readonly #surroundings: ProcessSurroundings;
  readonly #leaseTimeoutMs: number;
  #lastNumber = 0;

  constructor(
    newMachine: () => Machine,
    surroundings: ProcessSurroundings,
    leaseTimeoutMs: number,
  ) {
    this.#newMachine = newMachine;
    this.#surroundings = surroundings;
    this.#leaseTimeoutMs = leaseTimeoutMs;
  }

  /** Makes about `count` processes. */
  fill(count: number): void {
    while (this.processes.length < count) {
      const kind = this.#prng.fraction();
      if (kind < 0.45) this.#addRing(2);
      else if (kind < 0.55) this.#addRing(this.#prng.integer(3, 5));
      else this.#addHost(this.#prng.integer(1, kind < 0.95 ? 4 : 20));
    }
  }

  get #prng(): Prng {
    return this.#surroundings.prng;
  }

  /** Peers of which each wants to meet the next and the one before; two are a pair. */
  #addRing(count: number): void {
    const ring: PeerProcess[] = [];
    const at = (index: number) => ring[(index + count) % count];
    for (let i = 0; i < count; i++) {
      const neighbours = count === 2 ? [1] : [1, -1];
      ring.push(this.#newProcess(
        neighbours.map((offset) => this.#plan("Peer", () => at(i + offset))),
      ));
    }
    for (let i = 0; i < count; i++) {
      this.#wish(at(i), at(i + 1), "Peer", 0);
      if (count > 2) this.#wish(at(i), at(i - 1), "Peer", 1);
    }
  }

  /** A host, and clients that know of it. */
  #addHost(clients: number): void {
    const host = this.#newProcess([this.#plan("Server", () => host)]);
    for (let i = 0; i < clients; i++) {
      this.#wish(this.#newProcess([this.#plan("Client", () => host)]), host, "Client", 0);
    }
  }

  #wish(from: PeerProcess, to: PeerProcess, mode: "Client" | "Peer", index: number): void {
    this.wishes.push({ from, to, mode, index });
  }

  #newProcess(conversations: ConversationPlan[]): PeerProcess {
    const prng = this.#prng;
    const plan: ProcessPlan = {
      peerPort: this.#newNumber(),
      token: prng.pick(["none", "none", "one for each socket", "one for ever"]),
      localEndpointCount: prng.integer(0, 3),
      refreshMs: this.#leaseTimeoutMs * prng.pick([0.2, 0.4, 0.8, 1.1, Infinity]),
      conversations,
    };
    const process = new PeerProcess(plan, this.#newMachine(), this.#surroundings);
    this.processes.push(process);
    if (prng.chance(TWIN_CHANCE)) this.#addTwin(process);
    return process;
  }

  /** The same program, started twice by mistake, perhaps in another version. */
  #addTwin({ plan, machine }: PeerProcess): void {
    const token = this.#prng.pick(["none", "one for each socket"] as const);
    this.processes.push(new PeerProcess({ ...plan, token }, machine, this.#surroundings));
  }

  #plan(mode: ConversationPlan["mode"], target: () => PeerProcess): ConversationPlan {
    const prng = this.#prng;
    return {
      mode,
      remote: () => ({ address: target().publicAddress, peerPort: target().plan.peerPort }),
      neighbours: prng.pick(["by address", "as its own address"]),
      registration: prng.pick(["before", "before", "after", "sometimes not"]),
      keepAliveMs: this.#leaseTimeoutMs * prng.pick([0.3, 0.6, 1.2, Infinity]),
      attention: prng.chance(0.2) ? "naps" : "reads",
      retryMs: prng.pick([50, 300, 1_500]),
      restMs: prng.pick([100, 2_000, 10_000]),
      nextTime: prng.pick(["same socket", "new socket"]),
      patience: prng.chance(0.2) ? "half-closes at times" : "waits",
    };
  }

  /** Unique, but for a few that two peers share, which is their mistake. */
  #newNumber(): PeerPort {
    const prng = this.#prng;
    if (this.processes.length > 0 && prng.chance(SAME_NUMBER_CHANCE)) {
      return prng.pick(this.processes).plan.peerPort;
    }
    const index = this.#lastNumber++;
    return index < EDGES.length ? EDGES[index] : BigInt(index);
  }
}
