/**
 * Crowds that come in one moment.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import { clientRequest, datagram, serverRequest } from "../../tests/support/messages.ts";
import { attackerAddress, honestAddress, HOST_PEER_PORT } from "./addresses.ts";
import type { CrowdConnection } from "./crowd.ts";
import { Pace, type Raid, type Stage } from "./raid.ts";
import { outcomesIn, Tally } from "./tally.ts";

const ROUND_MS = 2_000;
const FIRST_PEER_PORT = 1_000_000;

/** Clients of one honest host wait for their registration, which then comes for all at once. */
export class ClientBurst implements Raid {
  readonly isReady = true;
  readonly #stage: Stage;
  readonly #clients: number;
  readonly #peers: "one" | "many";
  readonly #heard = new Tally();
  #asking: CrowdConnection[] = [];
  #asked = 0;
  #roundStartMs = -Infinity;
  #peerPort = FIRST_PEER_PORT;
  #isReleased = false;

  /** @param peers whose the clients are; those of one peer need a single datagram */
  constructor(stage: Stage, clients: number, peers: "one" | "many") {
    this.#stage = stage;
    this.#clients = clients;
    this.#peers = peers;
  }

  step(nowMs: number): void {
    if (nowMs - this.#roundStartMs > ROUND_MS) this.#begin(nowMs);
    // The server has read what was sent half a round ago.
    if (!this.#isReleased && nowMs - this.#roundStartMs > ROUND_MS / 2) this.#release();
  }

  get status(): string {
    return `asked ${this.#asked} times, heard ${this.#heard}`;
  }

  /** How many clients were told of the host. */
  get introduced(): number {
    return this.#heard.count("introduced");
  }

  #begin(nowMs: number): void {
    for (const connection of this.#asking) this.#stage.crowd.reset(connection);
    this.#roundStartMs = nowMs;
    this.#isReleased = false;
    this.#peerPort += this.#clients;
    this.#asking = Array.from({ length: this.#clients }, (_, i) => this.#ask(i));
    this.#asked += this.#clients;
  }

  #ask(i: number): CrowdConnection {
    const peerPort = this.#peers === "one" ? this.#peerPort : this.#peerPort + i;
    return this.#stage.crowd.add({
      from: attackerAddress(0),
      opening: clientRequest(peerPort, honestAddress("host", 0), HOST_PEER_PORT),
      heard: (text) => outcomesIn(text).forEach((code) => this.#heard.add(code || "introduced")),
    });
  }

  #release(): void {
    this.#isReleased = true;
    const registrations = this.#peers === "one" ? 1 : this.#clients;
    for (let i = 0; i < registrations; i++) {
      this.#stage.datagrams.send(datagram(this.#peerPort + i), attackerAddress(0));
    }
  }
}

const HOSTS_PER_NETWORK = 40;
/** Until all are there: a host that has its answer would send one each 20 s. */
const REGISTRATIONS_PER_SECOND = 3_000;

/** Hosts that return in one moment, as after a restart of the server. */
export class ReturningHosts implements Raid {
  readonly isReady = true;
  readonly #stage: Stage;
  readonly #hosts: number;
  readonly #registering: Pace;
  readonly #heard = new Tally();
  #registered = 0;
  #connectedMs: number | undefined;

  constructor(stage: Stage, hosts: number) {
    this.#stage = stage;
    this.#hosts = hosts;
    this.#registering = new Pace(REGISTRATIONS_PER_SECOND, stage.startMs);
    for (let i = 0; i < hosts; i++) this.#return(i);
  }

  step(nowMs: number): void {
    for (let due = this.#registering.due(nowMs); due > 0; due--) {
      this.#register(this.#registered++ % this.#hosts);
    }
    if (this.#stage.crowd.connected === this.#hosts) {
      this.#connectedMs ??= nowMs - this.#stage.startMs;
    }
  }

  get status(): string {
    const when = this.#connectedMs === undefined
      ? `${this.#stage.crowd.connected} connected`
      : `all connected after ${Math.round(this.#connectedMs)} ms`;
    return `${this.#hosts} hosts, ${when}, heard ${this.#heard}`;
  }

  #return(i: number): void {
    this.#register(i);
    this.#stage.crowd.add({
      from: hostAddress(i),
      opening: serverRequest(HOST_PEER_PORT),
      heard: (text) => outcomesIn(text).forEach((code) => this.#heard.add(code || "introduced")),
    });
  }

  #register(i: number): void {
    this.#stage.datagrams.send(datagram(HOST_PEER_PORT), hostAddress(i));
  }
}

function hostAddress(i: number): Address {
  return attackerAddress(Math.floor(i / HOSTS_PER_NETWORK), 1 + i % HOSTS_PER_NETWORK);
}
