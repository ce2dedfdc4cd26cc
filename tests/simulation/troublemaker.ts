/**
 * Whoever else is on the internet: scanners, broken clients, thieves of names, forgers of source
 * addresses, and people who pull plugs.
 *
 * @module
 */

import { type Address, type Endpoint, familyOf } from "../../src/address.ts";
import { encodeRegistration, encodeRequest } from "../../src/protocol/encode.ts";
import type { Extension, PeerPort, Request } from "../../src/protocol/message.ts";
import type { Machine } from "./machine.ts";
import type { Realm } from "../simulated/network.ts";
import type { PeerProcess } from "./peer_process.ts";
import type { Prng } from "../simulated/prng.ts";
import { oddRegistration, oddRequest, wrongDatagram, wrongRequest } from "./samples.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** What a troublemaker knows and can reach. */
export interface TroubleSurroundings {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly internet: Realm;
  readonly server: { readonly IPv4: Endpoint; readonly IPv6: Endpoint };
  /** Those whose names and Tokens it may use. */
  readonly victims: readonly PeerProcess[];
}

/** Sources from which no honest datagram comes. */
const BAD_SOURCES: readonly Endpoint[] = [
  { address: "198.51.100.1", port: 0 },
  { address: "0.0.0.0", port: 5 },
  { address: "224.0.0.1", port: 5 },
  { address: "255.255.255.255", port: 5 },
];

/** KeepAlives in one burst: up to 6 KiB more than may be read of a connection at once. */
const FLOOD_CHANCE = 0.03;
const MAX_FLOOD_BYTES = 22 * 1024;
/** Connections whose bytes are more than may be read of one address at once. */
const CROWD = 80;

/** A request at about the moment at which the server gives up waiting for one. */
const LATE_CHANCE = 0.15;
const LATE_MIN_MS = 9_800;
const LATE_MAX_MS = 10_100;

/** Makes trouble from one machine, every now and then, until it is told to stop. */
export class Troublemaker {
  readonly #machine: Machine;
  readonly #surroundings: TroubleSurroundings;
  readonly #pauseMs: number;
  readonly #ends = new Set<TcpEnd>();
  /** Connections that nothing more is written to. */
  readonly #abandoned = new Set<TcpEnd>();
  #cancelNext: (() => void) | undefined;

  /** @param pauseMs between two troubles, on average */
  constructor(machine: Machine, surroundings: TroubleSurroundings, pauseMs: number) {
    this.#machine = machine;
    this.#surroundings = surroundings;
    this.#pauseMs = pauseMs;
  }

  /** Begins. */
  start(): void {
    const { clock, prng } = this.#surroundings;
    this.#cancelNext = clock.schedule(this.#pauseMs * prng.between(0, 2), () => {
      if (prng.chance(0.4)) this.#sendDatagram();
      else this.#connect();
      this.start();
    });
  }

  /** Leaves, dead or alive. */
  stop(): void {
    this.#cancelNext?.();
    for (const end of [...this.#ends, ...this.#abandoned]) {
      if (this.#surroundings.prng.chance(0.5)) end.close();
      else end.vanish();
    }
  }

  #sendDatagram(): void {
    const { prng } = this.#surroundings;
    const { bytes, meaning } = prng.pick([
      () => wrongDatagram(prng),
      () => oddRegistration(this.#peerPort(), prng),
      () => {
        const registration = { peerPort: this.#peerPort(), token: this.#token() };
        return { bytes: encodeRegistration(registration), meaning: registration };
      },
    ])();
    const destination = this.#surroundings.server[familyOf(this.#machine.address)];
    if (prng.chance(0.5)) {
      const socket = this.#machine.openUdp();
      socket.send(bytes, destination, meaning);
      socket.close();
      return;
    }
    const source = this.#forgedSource();
    this.#surroundings.internet.send({ source, destination, bytes, meaning });
  }

  #forgedSource(): Endpoint {
    const { prng, victims } = this.#surroundings;
    if (prng.chance(0.2)) return prng.pick(BAD_SOURCES);
    const address = prng.pick(victims).machine.publicAddress("udp");
    return { address, port: prng.chance(0.1) ? 0 : prng.integer(1, 65_535) };
  }

  /** Opens a connection and plays a short play on it. */
  #connect(): void {
    const { prng, server } = this.#surroundings;
    const { address } = server[familyOf(this.#machine.address)];
    const opened = () => {
      const pauseMs = prng.chance(LATE_CHANCE) ? prng.between(LATE_MIN_MS, LATE_MAX_MS) : 0;
      this.#surroundings.clock.schedule(pauseMs, () => this.#play(end, prng.integer(0, 5)));
    };
    const end = this.#machine.connect(address, opened, () => this.#ends.delete(end));
    this.#ends.add(end);
  }

  #play(end: TcpEnd, actsLeft: number): void {
    const { clock, prng } = this.#surroundings;
    if (end.isGone || !this.#ends.has(end)) return;
    if (actsLeft === 0) {
      if (prng.chance(0.3)) return;
      this.#ends.delete(end);
      prng.pick([() => end.close(), () => end.reset(), () => end.vanish()])();
      return;
    }
    prng.pick([
      () => this.#write(end),
      () => this.#write(end),
      () => this.#write(end),
      () => end.stopReading(),
      () => end.finish(),
      () => this.#writeStart(end),
    ])();
    if (this.#ends.has(end) && prng.chance(FLOOD_CHANCE)) this.#flood(end);
    const pauseMs = prng.chance(0.5) ? 0 : prng.between(0, 3_000);
    clock.schedule(pauseMs, () => this.#play(end, actsLeft - 1));
  }

  /** The start of a request, whose rest will never come. */
  #writeStart(end: TcpEnd): void {
    end.write(new TextEncoder().encode('{"ConnectionType":"Peer"'));
    if (this.#surroundings.prng.chance(0.5)) end.finish();
    this.#ends.delete(end);
    this.#abandoned.add(end);
  }

  /** Much at once that is worth nothing; what comes behind it is heard later. */
  #flood(end: TcpEnd): void {
    const { prng } = this.#surroundings;
    const request: Request = {
      connectionType: "KeepAlive",
      extension: { token: this.#token() ?? "none", answer: prng.chance(0.5) },
    };
    const bytes = encodeRequest(request);
    const count = prng.integer(1, Math.floor(MAX_FLOOD_BYTES / bytes.length));
    for (let i = 0; i < count; i++) end.write(bytes, request);
    end.finish();
  }

  /** Connects with a crowd of programs that ask, and say much more than they must. */
  floodAddress(): void {
    const { prng, server } = this.#surroundings;
    const { address } = server[familyOf(this.#machine.address)];
    for (let i = 0; i < CROWD; i++) {
      const end = this.#machine.connect(address, () => {
        const request: Request = {
          connectionType: "Peer",
          localPeerPort: BigInt(i),
          remote: { address: this.#machine.publicAddress("tcp"), peerPort: -1n },
          extension: undefined,
        };
        end.write(encodeRequest(request), request);
        end.write(new Uint8Array(MAX_FLOOD_BYTES));
        if (prng.chance(0.5)) end.finish();
      }, () => this.#abandoned.delete(end));
      this.#abandoned.add(end);
    }
  }

  #write(end: TcpEnd): void {
    const { prng } = this.#surroundings;
    if (prng.chance(0.2)) {
      const where = end.passages.length === 0 ? "first" : "behind";
      const { bytes, meaning, meaningBytes } = wrongRequest(where, prng);
      return end.write(bytes, meaning, meaningBytes);
    }
    const request = this.#request();
    if (prng.chance(0.5)) return end.write(encodeRequest(request), request);
    const { bytes, meaning, meaningBytes } = oddRequest(plainer(request), prng);
    end.write(bytes, meaning, meaningBytes);
  }

  #request(): Request {
    const { prng, victims } = this.#surroundings;
    const connectionType = prng.pick(["Server", "Client", "Peer", "KeepAlive"] as const);
    const token = this.#token();
    if (connectionType === "KeepAlive") {
      const extension = token === undefined ? undefined : { token, answer: prng.chance(0.7) };
      return { connectionType, ...extension && { extension } };
    }
    const localPeerPort = this.#peerPort();
    const extension: Extension | undefined = token === undefined ? undefined : {
      token,
      localEndpoints: prng.pick([[], [{ address: "2001:db8::5", port: 7 }]]),
      ...(prng.chance(0.3) && { note: prng.pick(["", "mine", "\u0000".repeat(512)]) }),
    };
    const isNamed = extension !== undefined && prng.chance(0.5);
    const named = isNamed ? { ...extension, localName: this.#name() } : extension;
    if (connectionType === "Server") return { connectionType, localPeerPort, extension: named };
    if (isNamed) {
      const remote = { name: prng.chance(0.3) ? named?.localName as string : this.#name() };
      const own = connectionType === "Client" ? extension : named;
      return { connectionType, localPeerPort, remote, extension: own };
    }
    const address: Address | "own" = prng.chance(0.2)
      ? (extension === undefined ? this.#machine.publicAddress("tcp") : "own")
      : prng.pick(victims).publicAddress;
    const remote = { address, peerPort: this.#peerPort() };
    return { connectionType, localPeerPort, remote, extension };
  }

  /** Often the number of a peer whose address it shares. */
  #peerPort(): PeerPort {
    const { prng, victims } = this.#surroundings;
    const address = this.#machine.publicAddress("tcp");
    const near = victims.filter((each) => each.publicAddress === address);
    return prng.pick(near.length > 0 && prng.chance(0.7) ? near : victims).plan.peerPort;
  }

  /** A stolen one, or one of its own. */
  #name(): string {
    const { prng, victims } = this.#surroundings;
    return prng.pick([
      () => prng.pick(victims).plan.name ?? "nobody's",
      () => `mine ${prng.integer(1, 2)}`,
    ])();
  }

  /** None, a stolen one, or one of its own. */
  #token(): string | undefined {
    const { prng, victims } = this.#surroundings;
    return prng.pick([
      () => undefined,
      () => prng.pick(victims).extension?.token,
      () => `mine ${prng.integer(1, 3)} "\\~`,
    ])();
  }
}

/** Without the local endpoints, which odd requests do not say. */
function plainer(request: Request): Request {
  if (request.connectionType === "KeepAlive") return { connectionType: "KeepAlive" };
  if (request.extension === undefined) return request;
  return { ...request, extension: { ...request.extension, localEndpoints: [] } };
}
