/**
 * The one UDP socket of a peer: registrations leave from it, and the packets of all its links come
 * and go through it.
 *
 * @module
 */

import { type Endpoint, type Family, formatEndpoint } from "../../address.ts";
import { encodeRegistration } from "../../protocol/encode.ts";
import type { Introduction, Registration } from "../../protocol/message.ts";
import { type Connection, Opening } from "./connection.ts";
import { PeerError } from "../errors.ts";
import { MAX_PUNCHING_LINKS } from "../limits.ts";
import { Link } from "../link/link.ts";
import { decodePacket } from "../channel/packet.ts";
import type { Platform, UdpSocket } from "../platform/platform.ts";
import { OwnNat } from "../link/punch_report.ts";
import { RepeatedRegistration } from "../signaling/registration.ts";

/** The socket, its registration and its links. */
export class PeerSocket {
  readonly family: Family;
  readonly #platform: Platform;
  readonly #udp: UdpSocket;
  readonly #registration: RepeatedRegistration;
  /** By connection id. */
  readonly #links = new Map<number, Link>();
  readonly #openings = new Set<Opening>();
  #punchingCount = 0;
  #ownNat: OwnNat;
  #reading = false;

  /**
   * Opens the socket.
   *
   * @throws {PeerError} `server_unreachable` when this machine lacks that IP version
   */
  constructor(platform: Platform, family: Family) {
    this.family = family;
    this.#platform = platform;
    this.#udp = openUdp(platform, family);
    this.#ownNat = new OwnNat(this.#udp.local.port, []);
    this.#registration = new RepeatedRegistration(this.#udp, platform.clock);
  }

  /** Endpoints of the socket inside its own network, as far as known. */
  get localEndpoints(): readonly Endpoint[] {
    return this.#ownNat.localEndpoints;
  }

  /** The bare socket, for who takes it over. */
  get udp(): UdpSocket {
    return this.#udp;
  }

  /**
   * Registers with the server at once, then repeatedly until {@linkcode stopRegistering}.
   *
   * @param localAddress of this machine on the way to the server; the network it is in may change
   */
  register(registration: Registration, server: Endpoint, localAddress: string): void {
    const local = { address: localAddress, port: this.#udp.local.port };
    if (this.localEndpoints.every((known) => formatEndpoint(known) !== formatEndpoint(local))) {
      this.#ownNat = new OwnNat(local.port, [local]);
    }
    this.#registration.start(encodeRegistration(registration), server);
  }

  /** Stops to repeat the registration. */
  stopRegistering(): void {
    this.#registration.stop();
  }

  /**
   * Opens a connection to a remote peer that the server has introduced.
   *
   * @throws {PeerError} `punch_failed`
   */
  connect(introduction: Introduction, remoteName: string): Promise<Connection> {
    const pairKey = introduction.extension?.pairKey;
    if (pairKey === undefined) return Promise.reject(withoutPairKey(introduction, remoteName));
    if (this.#punchingCount >= MAX_PUNCHING_LINKS) {
      return Promise.reject(
        new PeerError(
          "punch_failed",
          `Cannot reach ${remoteName}: expected at most ${MAX_PUNCHING_LINKS} attempts at a time`,
        ),
      );
    }
    this.#read();
    const opening = this.#open(introduction, pairKey, remoteName);
    this.#punchingCount++;
    const done = () => void this.#punchingCount--;
    opening.connection.then(done, done);
    return opening.connection;
  }

  /** Closes all connections with notice, then the socket. */
  async close(): Promise<void> {
    this.stopRegistering();
    for (const link of this.#links.values()) link.close();
    await Promise.all([...this.#openings].map(({ gone }) => gone));
    this.#udp.close();
  }

  #open(introduction: Introduction, pairKey: string, remoteName: string): Opening {
    const opening = new Opening();
    const { clock, secrets } = this.#platform;
    const link: Link = new Link({
      introduction,
      pairKey,
      remoteName,
      clock,
      secrets,
      ownNat: this.#ownNat,
      transmit: (packet, to) => this.#udp.send(packet, to),
      onOpen: () => opening.open(introduction, remoteName, link),
      onDatagram: (datagram) => opening.received.push(datagram.slice()),
      onEnd: (ending) => opening.end(ending, remoteName),
      onGone: () => {
        if (this.#links.get(link.connectionId) === link) this.#links.delete(link.connectionId);
        this.#openings.delete(opening);
        opening.go();
      },
    });
    this.#links.set(link.connectionId, link);
    this.#openings.add(opening);
    return opening;
  }

  /** Datagrams are read from the first link on; until then nothing can be meant for this socket. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for await (const { bytes, source } of this.#udp) {
      const packet = decodePacket(bytes);
      if (packet !== undefined) {
        this.#links.get(packet.connectionId)?.receive(packet, bytes, source);
      }
    }
  }
}

function openUdp({ network }: Platform, family: Family): UdpSocket {
  try {
    return network.openUdp(family);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PeerError("server_unreachable", `Cannot open an ${family} socket: ${reason}`);
  }
}

function withoutPairKey({ dest, extension }: Introduction, remoteName: string): PeerError {
  const who = extension === undefined ? "the server" : "the remote peer";
  return new PeerError(
    "punch_failed",
    `Cannot reach ${remoteName} at ${formatEndpoint(dest)}: expected a PairKey, received none, ` +
      `since ${who} knows no extensions of the protocol; introduce() hands over the socket and ` +
      `both endpoints for a UDP protocol of your own`,
  );
}
