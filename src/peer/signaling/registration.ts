/**
 * The UDP socket of a peer, which tells the server again and again where it is.
 *
 * @module
 */

import {
  type Address,
  type Endpoint,
  familyOf,
  formatEndpoint,
  withoutZone,
} from "../../address.ts";
import type { Clock } from "../../clock.ts";
import { errorText } from "../../error_text.ts";
import { encodeRegistration } from "../../protocol/encode.ts";
import type { Registration } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import { REGISTRATION_REFRESH_MS, REGISTRATION_RETRY_MS } from "../limits.ts";
import type { Network, Platform, UdpSocket } from "../platform/platform.ts";
import { openSideSocket, type SideSocket } from "./side_socket.ts";

/**
 * Sends a registration at once, then after 250 ms, 500 ms and so on, each pause twice as long, until
 * the pause is that of the refresh. The server never answers by UDP; who gets its answer by TCP stops
 * this.
 */
export class RepeatedRegistration {
  readonly #udp: UdpSocket;
  readonly #clock: Clock;
  #cancelTimer: (() => void) | undefined;
  #refreshMs = REGISTRATION_REFRESH_MS;

  constructor(udp: UdpSocket, clock: Clock) {
    this.#udp = udp;
    this.#clock = clock;
  }

  /** Starts, or starts afresh. */
  start(datagram: Uint8Array, server: Endpoint): void {
    this.stop();
    this.#send(datagram, server, REGISTRATION_RETRY_MS);
  }

  /** The longest pause from the next datagram on. */
  refreshEvery(refreshMs: number): void {
    this.#refreshMs = Math.min(refreshMs, REGISTRATION_REFRESH_MS);
  }

  /** Sends no more. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #send(datagram: Uint8Array, server: Endpoint, pauseMs: number): void {
    this.#udp.send(datagram, server);
    const thisMs = Math.min(pauseMs, this.#refreshMs);
    this.#cancelTimer = this.#clock.schedule(
      thisMs,
      () => this.#send(datagram, server, 2 * thisMs),
    );
  }
}

/** A registration at one server, for all who want it. */
interface SharedRegistration {
  readonly repeated: RepeatedRegistration;
  readonly wantedBy: Set<object>;
}

/**
 * A UDP socket at the address from which this machine's TCP reaches the server. Were it bound to no
 * address, the two could part: the system chooses anew for each datagram (temporary IPv6 addresses,
 * VPNs), and the server would take them for two peers.
 *
 * Several requests of one peer share it, and what they lead to: it is closed by the last one.
 */
export class RegisteredSocket {
  /** Not read from by signaling. */
  readonly udp: UdpSocket;
  /** The address to which it is bound, with a zone if it needs one. */
  readonly boundTo: Address;
  /** Inside its own network. */
  readonly local: Endpoint;
  /** In this machine's other networks. */
  readonly side: SideSocket | undefined;
  /** Called in place of closing it, by whoever reads from it. */
  onUnused: () => void;
  readonly #clock: Clock;
  /** By server. */
  readonly #registrations = new Map<string, SharedRegistration>();
  #refreshMs = REGISTRATION_REFRESH_MS;
  #users = 1;

  /**
   * @param address of this machine, with a zone if it needs one
   * @param port to bind where it is free, or else any; 0 for any
   * @param networks whether it has another one beside it for this machine's other networks
   * @throws {PeerError} `server_unreachable` when this machine cannot bind it
   */
  constructor(
    { network, clock }: Platform,
    address: Address,
    port: number,
    networks: "all" | "one" = "one",
  ) {
    try {
      this.udp = openUdp(network, address, port);
    } catch (error) {
      const family = familyOf(address);
      throw new PeerError(
        "server_unreachable",
        `Cannot open an ${family} socket: ${errorText(error)}`,
      );
    }
    this.boundTo = address;
    this.local = { address: withoutZone(address), port: this.udp.local.port };
    this.#clock = clock;
    this.side = networks === "all" ? openSideSocket(network, address) : undefined;
    this.onUnused = () => {
      this.udp.close();
      this.side?.udp.close();
    };
  }

  /** Where it, and the one beside it, are inside their networks; its own endpoint is the first. */
  get localEndpoints(): readonly Endpoint[] {
    return [this.local, ...this.side?.endpoints ?? []];
  }

  /** Whether somebody has it. */
  get isInUse(): boolean {
    return this.#users > 0;
  }

  /** One more has it, and closes it. */
  share(): this {
    this.#users++;
    return this;
  }

  /**
   * Registers at once, then repeatedly until {@linkcode stopRegistering}.
   *
   * @param by who wants it, at one server at a time
   */
  register(by: object, registration: Registration, server: Endpoint): void {
    this.stopRegistering(by);
    const key = formatEndpoint(server);
    const shared = this.#registrations.get(key) ??
      { repeated: new RepeatedRegistration(this.udp, this.#clock), wantedBy: new Set() };
    this.#registrations.set(key, shared);
    shared.wantedBy.add(by);
    shared.repeated.refreshEvery(this.#refreshMs);
    shared.repeated.start(encodeRegistration(registration), server);
  }

  /** How often the server has to hear of this socket. */
  refreshEvery(refreshMs: number): void {
    this.#refreshMs = refreshMs;
    for (const { repeated } of this.#registrations.values()) repeated.refreshEvery(refreshMs);
  }

  /** Stops to repeat the registration, unless somebody else wants it. */
  stopRegistering(by: object): void {
    for (const [key, { repeated, wantedBy }] of this.#registrations) {
      if (!wantedBy.delete(by) || wantedBy.size > 0) continue;
      repeated.stop();
      this.#registrations.delete(key);
    }
  }

  /** One fewer has it; the last one closes it. */
  close(): void {
    if (--this.#users > 0) return;
    for (const { repeated } of this.#registrations.values()) repeated.stop();
    this.#registrations.clear();
    this.onUnused();
  }
}

function openUdp(network: Network, address: Address, port: number): UdpSocket {
  if (port !== 0) {
    try {
      return network.openUdp({ address, port });
    } catch {
      // Another socket has it: any other port does as well, but for who was killed.
    }
  }
  return network.openUdp({ address, port: 0 });
}
