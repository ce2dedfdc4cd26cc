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
const REGISTRATIONS_PER_STEP = 5;

/**
 * Clients of one honest host that are introduced in one moment. Those of one peer wait for its
 * registration, which then comes for all; those of many peers register, then all ask at once.
 */
export class ClientBurst implements Raid {
  readonly #stage: Stage;
  readonly #clients: number;
  readonly #peers: "one" | "many";
  readonly #heard = new Tally();
  #asking: CrowdConnection[] = [];
  #asked = 0;
  #roundStartMs = -Infinity;
  #peerPort = FIRST_PEER_PORT;
  #rounds = 0;
  #registered = 0;
  #isReleased = false;

  constructor(stage: Stage, clients: number, peers: "one" | "many") {
    this.#stage = stage;
    this.#clients = clients;
    this.#peers = peers;
  }

  step(nowMs: number): void {
    if (nowMs - this.#roundStartMs > ROUND_MS) this.#begin(nowMs);
    if (this.#peers === "many") this.#registerSome();
    // The server has read what was sent half a round ago.
    if (!this.#isReleased && nowMs - this.#roundStartMs > ROUND_MS / 2) this.#release();
  }

  /** After the first round. */
  get isReady(): boolean {
    return this.#rounds > 1;
  }

  get status(): string {
    return `asked ${this.#asked} times, heard ${this.#heard}`;
  }

  #begin(nowMs: number): void {
    for (const connection of this.#asking) this.#stage.crowd.reset(connection);
    this.#roundStartMs = nowMs;
    this.#rounds++;
    this.#isReleased = false;
    this.#registered = 0;
    this.#peerPort += this.#clients;
    this.#asking = Array.from({ length: this.#clients }, (_, i) => this.#ask(i));
    this.#asked += this.#clients;
  }

  #ask(i: number): CrowdConnection {
    const peerPort = this.#peers === "one" ? this.#peerPort : this.#peerPort + i;
    return this.#stage.crowd.add({
      from: attackerAddress(0),
      ...this.#peers === "one" ? { opening: request(peerPort) } : {},
      heard: (text) => outcomesIn(text).forEach((code) => this.#heard.add(code || "introduced")),
    });
  }

  /** A few at a time, so that none is lost. */
  #registerSome(): void {
    for (let i = 0; i < REGISTRATIONS_PER_STEP && this.#registered < this.#clients; i++) {
      this.#register(this.#peerPort + this.#registered++);
    }
  }

  #release(): void {
    this.#isReleased = true;
    if (this.#peers === "one") this.#register(this.#peerPort);
    else {
      for (const [i, connection] of this.#asking.entries()) {
        connection.say(new TextEncoder().encode(request(this.#peerPort + i)));
      }
    }
  }

  #register(peerPort: number): void {
    this.#stage.datagrams.send(datagram(peerPort), attackerAddress(0));
  }
}

function request(peerPort: number): string {
  return clientRequest(peerPort, honestAddress("host", 0), HOST_PEER_PORT);
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
