/**
 * One UDP socket of a peer, through which the packets of all its links come and go.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import type { Introduction } from "../../protocol/message.ts";
import { type Connection, Opening } from "./connection.ts";
import { PeerError } from "../errors.ts";
import { MAX_PUNCHING_LINKS } from "../limits.ts";
import { Link } from "../link/link.ts";
import { decodePacket } from "../channel/packet.ts";
import type { Platform, UdpSocket } from "../platform/platform.ts";
import { OwnNat } from "../link/punch_report.ts";

/** The socket and its links. */
export class PeerSocket {
  readonly #platform: Platform;
  readonly #udp: UdpSocket;
  /** By connection id. */
  readonly #links = new Map<number, Link>();
  readonly #openings = new Set<Opening>();
  #punchingCount = 0;
  readonly #ownNat: OwnNat;
  #reading = false;
  #isRetired = false;

  /**
   * Takes a socket over.
   *
   * @param local where it is inside its own network
   */
  constructor(platform: Platform, udp: UdpSocket, local: Endpoint) {
    this.#platform = platform;
    this.#udp = udp;
    this.#ownNat = new OwnNat(local.port, [local]);
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
    for (const link of this.#links.values()) link.close();
    await Promise.all([...this.#openings].map(({ gone }) => gone));
    this.#udp.close();
  }

  /** Closes it once it has no connection any more. */
  retire(): void {
    this.#isRetired = true;
    if (this.#openings.size === 0) this.close();
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
        if (this.#isRetired) this.retire();
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

function withoutPairKey({ dest, extension }: Introduction, remoteName: string): PeerError {
  const who = extension === undefined ? "the server" : "the remote peer";
  return new PeerError(
    "punch_failed",
    `Cannot reach ${remoteName} at ${formatEndpoint(dest)}: expected a PairKey, received none, ` +
      `since ${who} knows no extensions of the protocol; introduce() hands over the socket and ` +
      `both endpoints for a UDP protocol of your own`,
  );
}
