/**
 * A computer in the simulated world: an address in some network, UDP sockets, TCP connections.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import type { Packet, Realm } from "../simulated/network.ts";
import type { Prng } from "../simulated/prng.ts";
import { TcpEnd, type TcpSurroundings } from "../simulated/tcp.ts";

/** Takes connections: the other end of each, and the address that it comes from. */
export type Accept = (end: TcpEnd, source: Address) => void;

/** What machines share. */
export interface MachineSurroundings {
  readonly prng: Prng;
  readonly tcp: TcpSurroundings;
  /** Who accepts connections to an address. */
  readonly listeners: ReadonlyMap<Address, Accept>;
}

/** A bound UDP socket. */
export interface SimulatedSocket {
  readonly local: Endpoint;
  /** Told of what arrives. */
  onPacket: (packet: Packet) => void;
  send(bytes: Uint8Array, destination: Endpoint, meaning?: unknown): void;
  close(): void;
}

const FIRST_EPHEMERAL_PORT = 32_768;
const LAST_EPHEMERAL_PORT = 60_999;
/** TCP sends its first packet again after a second. */
const SYN_RETRY_MS = 1_000;
const SYN_TRIES = 4;

/** A computer. */
export class Machine {
  readonly #surroundings: MachineSurroundings;
  readonly #sockets = new Map<number, SimulatedSocket>();

  constructor(
    readonly realm: Realm,
    readonly address: Address,
    surroundings: MachineSurroundings,
  ) {
    this.#surroundings = surroundings;
    realm.attach(address, (packet) => {
      this.#sockets.get(packet.destination.port)?.onPacket(packet);
    });
  }

  /** The address that the server sees. */
  publicAddress(transport: "udp" | "tcp"): Address {
    return this.realm.publicAddress(this.address, transport);
  }

  /** Opens a UDP socket on a free port. */
  openUdp(): SimulatedSocket {
    let port: number;
    do {
      port = this.#surroundings.prng.integer(FIRST_EPHEMERAL_PORT, LAST_EPHEMERAL_PORT);
    } while (this.#sockets.has(port));
    const local = { address: this.address, port };
    const socket: SimulatedSocket = {
      local,
      onPacket() {},
      send: (bytes, destination, meaning) => {
        if (this.#sockets.get(port) !== socket) return;
        this.realm.send({ source: local, destination, bytes, meaning });
      },
      close: () => {
        if (this.#sockets.get(port) === socket) this.#sockets.delete(port);
      },
    };
    this.#sockets.set(port, socket);
    return socket;
  }

  /**
   * Connects. The returned end can be closed at once; it is of use when `onOpened` is called.
   *
   * @param onFailed told when nobody answers
   */
  connect(to: Address, onOpened: () => void, onFailed: () => void): TcpEnd {
    const [near, far] = TcpEnd.pair(this.#surroundings.tcp);
    this.#handshake(to, near, far, SYN_TRIES, onOpened, onFailed);
    return near;
  }

  #handshake(
    to: Address,
    near: TcpEnd,
    far: TcpEnd,
    tries: number,
    onOpened: () => void,
    onFailed: () => void,
  ): void {
    const { tcp: { clock, prng, faults }, listeners } = this.#surroundings;
    const { minDelayMs, maxDelayMs, retransmission } = faults();
    const accept = listeners.get(to);
    if (accept === undefined || prng.chance(retransmission)) {
      const again = () => this.#handshake(to, near, far, tries - 1, onOpened, onFailed);
      clock.schedule(SYN_RETRY_MS, tries > 1 ? again : onFailed);
      return;
    }
    clock.schedule(prng.between(minDelayMs, maxDelayMs), () => {
      if (near.isGone) return;
      accept(far, this.publicAddress("tcp"));
      clock.schedule(prng.between(minDelayMs, maxDelayMs), () => {
        if (!near.isGone) onOpened();
      });
    });
  }
}
