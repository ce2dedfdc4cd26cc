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
const SAME_NAME_CHANCE = 0.03;
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
      if (kind < 0.3) this.#addRing(2);
      else if (kind < 0.4) this.#addRing(2, this.#newName());
      else if (kind < 0.47) this.#addRing(this.#prng.integer(3, 5));
      else if (kind < 0.55) this.#addMeetingPoint(this.#prng.integer(2, 5), this.#newName());
      else this.#addHost(this.#prng.integer(1, kind < 0.95 ? 4 : 20));
    }
  }

  get #prng(): Prng {
    return this.#surroundings.prng;
  }

  /**
   * Peers of which each wants to meet the next and the one before; two are a pair.
   *
   * @param name what their names begin with, if they ask by name
   */
  #addRing(count: number, name?: string): void {
    const ring: PeerProcess[] = [];
    const at = (index: number) => ring[(index + count) % count];
    for (let i = 0; i < count; i++) {
      const neighbours = count === 2 ? [1] : [1, -1];
      ring.push(this.#newProcess(
        neighbours.map((offset) =>
          this.#plan("Peer", () => at(i + offset), name === undefined ? "address" : "name")
        ),
        name && `${name} ${i}`,
      ));
    }
    for (let i = 0; i < count; i++) {
      this.#wish(at(i), at(i + 1), "Peer", 0);
      if (count > 2) this.#wish(at(i), at(i - 1), "Peer", 1);
    }
  }

  /** Peers that all come to one meeting point, each to meet anybody. */
  #addMeetingPoint(count: number, name: string): void {
    const comers: PeerProcess[] = [];
    for (let i = 0; i < count; i++) {
      const next = () => comers[(i + 1) % count];
      comers.push(this.#newProcess([this.#plan("Peer", next, "name")], name));
    }
    for (const [i, comer] of comers.entries()) {
      this.#wish(comer, comers[(i + 1) % count], "Peer", 0);
    }
  }

  /** A host, and clients that know of it, some of them by its name if it has one. */
  #addHost(clients: number): void {
    const name = this.#prng.chance(0.4) ? this.#newName() : undefined;
    const by = () => name !== undefined && this.#prng.chance(0.6) ? "name" : "address";
    const host = this.#newProcess(
      [this.#plan("Server", () => host, name === undefined ? "address" : "name")],
      name,
    );
    for (let i = 0; i < clients; i++) {
      const client = this.#newProcess([this.#plan("Client", () => host, by())]);
      this.#wish(client, host, "Client", 0);
    }
  }

  #wish(from: PeerProcess, to: PeerProcess, mode: "Client" | "Peer", index: number): void {
    this.wishes.push({ from, to, mode, index });
  }

  /** @param name what it calls itself; one with a name has a Token */
  #newProcess(conversations: ConversationPlan[], name?: string): PeerProcess {
    const prng = this.#prng;
    const plan: ProcessPlan = {
      peerPort: this.#newNumber(),
      token: name === undefined
        ? prng.pick(["none", "none", "one for each socket", "one for ever"])
        : prng.pick(["one for each socket", "one for ever"]),
      localEndpointCount: prng.integer(0, 3),
      name,
      notes: prng.pick(["none", "none", "the same", "ever new"]),
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

  #plan(
    mode: ConversationPlan["mode"],
    target: () => PeerProcess,
    by: ConversationPlan["by"],
  ): ConversationPlan {
    const prng = this.#prng;
    return {
      mode,
      remote: () => ({ address: target().publicAddress, peerPort: target().plan.peerPort }),
      by,
      remoteName: () => target().plan.name,
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

  /** Unique, but for a few that others chose as well. */
  #newName(): string {
    const prng = this.#prng;
    const taken = this.processes.map(({ plan }) => plan.name).filter((name) => name !== undefined);
    return taken.length > 0 && prng.chance(SAME_NAME_CHANCE)
      ? prng.pick(taken)
      : `name ${this.processes.length}`;
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
