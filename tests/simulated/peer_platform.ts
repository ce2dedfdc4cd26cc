/**
 * The peers' platform on the simulated internet: what the library does here it does on real sockets.
 *
 * @module
 */

import { type Address, type Endpoint, type Family, familyOf } from "../../src/address.ts";
import type {
  Datagram,
  Network,
  Platform,
  SendOutcome,
  TcpStream,
  UdpSocket,
} from "../../src/peer/platform/platform.ts";
import { Queue } from "../../src/async/queue.ts";
import { type Dependence, Nat } from "./nat.ts";
import { CALM, Internet, type Packet, type Realm } from "./network.ts";
import { Prng } from "./prng.ts";
import type { TcpEnd } from "./tcp.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { type Knowledge, SimServer } from "./rendezvous_server.ts";

/** More steps than any chain of promises between two events of the library. */
const MICROTASKS = 200;
const SOCKET_QUEUE = 1_000;
const ANY_ADDRESS = { IPv4: "0.0.0.0", IPv6: "::" } as const;

/** What tests vary of a NAT; the rest is as with most of them. */
export interface SimNatBehaviour {
  readonly mapping?: Dependence;
  readonly filtering?: Dependence;
  readonly hairpins?: "hairpins";
  readonly mappingTimeoutMs?: number;
  /** Several make UDP and TCP leave by different ones. */
  readonly outerAddresses?: readonly Address[];
}

/** An internet with one server. */
export class World {
  readonly clock = new VirtualClock(0);
  readonly prng: Prng;
  readonly internet: Internet;
  readonly server: SimServer;
  /** What the name service knows. */
  readonly names = new Map<string, Address[]>();
  #nextNat = 1;

  constructor({ seed = 1, knowledge = "extensions" as Knowledge } = {}) {
    this.prng = new Prng(seed);
    this.internet = new Internet(this.clock, this.prng.fork(), CALM);
    this.server = new SimServer({
      clock: this.clock,
      prng: this.prng.fork(),
      internet: this.internet,
      endpoint: { address: "203.0.113.1", port: 6969 },
      knowledge,
    });
    this.names.set("server.test", [this.server.endpoint.address]);
  }

  /** A machine on the public internet. */
  publicMachine(address: Address): Machine {
    return new Machine(this, this.internet, address);
  }

  /** A NAT with a public address of its own. */
  nat(behaviour: SimNatBehaviour = {}): Nat {
    return this.natBehind(this.internet, `198.51.100.${this.#nextNat++}`, behaviour);
  }

  /** A NAT inside another network. */
  natBehind(outside: Realm, address: Address, behaviour: SimNatBehaviour = {}): Nat {
    return new Nat(
      outside,
      behaviour.outerAddresses ?? [address],
      {
        mapping: behaviour.mapping ?? "endpoint-independent",
        filtering: behaviour.filtering ?? "address-and-port-dependent",
        mappingTimeoutMs: behaviour.mappingTimeoutMs ?? 30_000,
        inboundRefresh: "does not refresh",
        ports: "random",
        hairpinning: behaviour.hairpins ?? "does not hairpin",
        pooling: behaviour.outerAddresses === undefined ? "paired" : "arbitrary",
      },
      this.clock,
      this.prng.fork(),
    );
  }

  /** A machine behind a NAT. */
  machineBehind(nat: Realm, address: Address = "192.168.1.2"): Machine {
    return new Machine(this, nat, address);
  }

  /** Lets virtual time pass. */
  async run(durationMs: number): Promise<void> {
    const untilMs = this.clock.nowMs() + durationMs;
    do await settle(); while (this.clock.step(untilMs) === "done");
    await settle();
  }

  /** Lets virtual time pass until `promise` settles, a virtual hour at most. */
  async until<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const settled = () => void (isSettled = true);
    promise.then(settled, settled);
    const untilMs = this.clock.nowMs() + 3_600_000;
    for (await settle(); !isSettled; await settle()) {
      if (this.clock.step(untilMs) === "done") continue;
      throw new Error(`Cannot wait: nothing left to happen at ${this.clock.nowMs()} ms`);
    }
    return promise;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < MICROTASKS; i++) await null;
}

/** One machine; its platform is what the library is given. */
export class Machine implements Platform, Network {
  readonly network = this;
  readonly clock: VirtualClock;
  readonly sockets = new Set<SimUdpSocket>();
  readonly streams = new Set<SimTcpStream>();
  realm: Realm;
  readonly #world: World;
  readonly #addresses = new Map<Family, Address>();
  /** Of other networks, by address. */
  readonly #others = new Map<Address, Realm>();
  #nextPort: number;

  constructor(world: World, realm: Realm, address: Address) {
    this.#world = world;
    this.realm = realm;
    this.clock = world.clock;
    this.#nextPort = world.prng.integer(20_000, 50_000);
    this.moveTo(address);
  }

  /** Its first address. */
  get address(): Address {
    return this.#addresses.values().next().value as Address;
  }

  /** Its address of one family. */
  addressOf(family: Family): Address | undefined {
    return this.#addresses.get(family);
  }

  /**
   * Takes an address instead of the one that it has of that family, if it has one: what is bound to
   * that sends and hears no more, and nobody is told.
   */
  moveTo(address: Address): void {
    const family = familyOf(address);
    const old = this.#addresses.get(family);
    if (old !== undefined) this.realm.detach(old);
    for (const stream of this.streams) if (stream.local.address === old) stream.vanish();
    this.#addresses.set(family, address);
    this.realm.attach(address, (packet) => this.#receive(packet));
  }

  /** Is in another network as well, where it reaches what begins as its address there does. */
  joinAlso(realm: Realm, address: Address): void {
    this.#others.set(address, realm);
    realm.attach(address, (packet) => this.#receive(packet));
  }

  /** The way to an address: the network, and the address that this machine has in it. */
  routeTo(to: Address): { readonly realm: Realm; readonly address: Address } | undefined {
    for (const [address, realm] of this.#others) {
      if (to.startsWith(address.slice(0, address.lastIndexOf(".") + 1))) return { realm, address };
    }
    const address = this.addressOf(familyOf(to));
    return address === undefined ? undefined : { realm: this.realm, address };
  }

  localAddresses(): Address[] {
    return [...this.#addresses.values(), ...this.#others.keys()];
  }

  /** Leaves its network for another one, with all of its addresses. */
  carryTo(realm: Realm, address: Address): void {
    for (const old of this.#addresses.values()) this.realm.detach(old);
    for (const stream of this.streams) stream.vanish();
    this.#addresses.clear();
    this.realm = realm;
    this.moveTo(address);
  }

  readonly secrets = {
    randomBytes: (length: number) =>
      Uint8Array.from({ length }, () => this.#world.prng.integer(0, 255)),
  };

  openUdp(at: Family | Endpoint): UdpSocket {
    const { address, port } = typeof at === "string" ? { address: ANY_ADDRESS[at], port: 0 } : at;
    if (!this.hasAddress(address)) throw new Error("cannot assign requested address");
    const isInUse = [...this.sockets].some(({ local }) =>
      local.port === port && (local.address === address || isAnywhere(local.address))
    );
    if (isInUse) throw new Error("address in use");
    const socket = new SimUdpSocket(this, { address, port: port === 0 ? this.#nextPort++ : port });
    this.sockets.add(socket);
    return socket;
  }

  hasAddress(address: Address): boolean {
    return isAnywhere(address) || this.addressOf(familyOf(address)) === address ||
      this.#others.has(address);
  }

  connectTcp(to: Endpoint): Promise<TcpStream> {
    const { server } = this.#world;
    const address = this.addressOf(familyOf(to.address));
    if (address === undefined) return Promise.reject(new Error("network is unreachable"));
    const end = server.addresses.includes(to.address)
      ? server.accept(this.realm.publicAddress(address, "tcp"))
      : undefined;
    if (end === undefined) return Promise.reject(new Error("connection refused"));
    const stream = new SimTcpStream(end, { address, port: this.#nextPort++ }, to);
    this.streams.add(stream);
    return Promise.resolve(stream);
  }

  resolve(name: string): Promise<Address[]> {
    return Promise.resolve(this.#world.names.get(name) ?? []);
  }

  #receive(packet: Packet): void {
    for (const socket of this.sockets) {
      const { address, port } = socket.local;
      if (port !== packet.destination.port) continue;
      if (isAnywhere(address) || address === packet.destination.address) socket.push(packet);
    }
  }
}

function isAnywhere(address: Address): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** A UDP socket of a machine. */
export class SimUdpSocket implements UdpSocket {
  readonly local: Endpoint;
  /** Everything that was sent, for tests that look. */
  readonly sent: { readonly bytes: Uint8Array; readonly to: Endpoint; readonly atMs: number }[] =
    [];
  readonly #machine: Machine;
  readonly #received = new Queue<Datagram>(SOCKET_QUEUE);

  constructor(machine: Machine, local: Endpoint) {
    this.#machine = machine;
    this.local = local;
  }

  send(bytes: Uint8Array, to: Endpoint): Promise<SendOutcome> {
    const { sockets, clock } = this.#machine;
    const route = this.#machine.routeTo(to.address);
    if (!sockets.has(this) || route === undefined) return Promise.resolve("refused");
    this.sent.push({ bytes, to, atMs: clock.nowMs() });
    const address = isAnywhere(this.local.address) ? route.address : this.local.address;
    if (!this.#machine.hasAddress(address)) return Promise.resolve("refused");
    const source = { address, port: this.local.port };
    route.realm.send({ source, destination: to, bytes: bytes.slice() });
    return Promise.resolve("taken");
  }

  push({ bytes, source }: Packet): void {
    this.#received.push({ bytes, source });
  }

  close(): void {
    this.#machine.sockets.delete(this);
    this.#received.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<Datagram> {
    return this.#received;
  }
}

/** A TCP connection of a machine. */
export class SimTcpStream implements TcpStream {
  readonly #end: TcpEnd;
  readonly #chunks = new Queue<Uint8Array>(SOCKET_QUEUE);

  constructor(end: TcpEnd, readonly local: Endpoint, readonly remote: Endpoint) {
    this.#end = end;
    end.events = {
      received: (bytes) => this.#chunks.push(bytes),
      finished: () => this.#chunks.end(),
      lost: () => this.#chunks.end(),
    };
  }

  async read(): Promise<Uint8Array | undefined> {
    return (await this.#chunks.next()).value;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#end.isGone) return Promise.reject(new Error("connection reset"));
    this.#end.write(bytes);
    return Promise.resolve();
  }

  /** The network forgets the connection: nothing passes any more, and nobody is told. */
  vanish(): void {
    this.#end.write = this.#end.close = () => {};
    this.#end.events = { received() {}, finished() {}, lost() {} };
  }

  /** The machine was reset: it knows nothing of the connection any more. */
  forget(): void {
    this.#end.forget();
  }

  close(): void {
    this.#end.close();
    this.#chunks.end();
  }
}
