/**
 * What the peers' side needs of the world. `node_platform.ts` implements it with real sockets; a
 * simulator brings its own, and the same library code runs in it.
 *
 * @module
 */

import type { Address, Endpoint, Family } from "../../address.ts";
import type { Clock } from "../../clock.ts";

/** A datagram that arrived. */
export interface Datagram {
  /** Valid until the next one is asked for: a view into a buffer. */
  readonly bytes: Uint8Array;
  /** Where it came from. */
  readonly source: Endpoint;
}

/**
 * What a socket made of a datagram that it was to send: the system took it; it was too long for the
 * system, or for what is known of the way; or it was refused for any other reason (no route, a
 * firewall, a closed socket).
 */
export type SendOutcome = "taken" | "too_long" | "refused";

/**
 * A UDP socket: iterate over it for what arrives. Iteration ends when it is closed, and survives
 * every other error. It may be iterated once.
 */
export interface UdpSocket extends AsyncIterable<Datagram> {
  /** Where it is bound; the address may be the unspecified one of its family. */
  readonly local: Endpoint;

  /**
   * Sends a datagram; resolves when the system has taken it, or refused it. Never rejects: a
   * datagram that cannot be sent is a lost datagram. `bytes` must not change until then.
   */
  send(bytes: Uint8Array, to: Endpoint): Promise<SendOutcome>;

  /** Closes it; closing twice does nothing. */
  close(): void;
}

/** A TCP connection. */
export interface TcpStream {
  /** This side's endpoint. */
  readonly local: Endpoint;
  /** The other side's endpoint. */
  readonly remote: Endpoint;

  /** What has arrived; `undefined` once either side has ended the connection. Never rejects. */
  read(): Promise<Uint8Array | undefined>;

  /** Sends all of `bytes`. @throws {Error} when the connection is broken */
  write(bytes: Uint8Array): Promise<void>;

  /** Closes it; closing twice does nothing. */
  close(): void;
}

/** Sockets and names. */
export interface Network {
  /**
   * Opens a UDP socket: on a free port of all addresses of one family, or exactly at `endpoint`.
   *
   * @throws {Error} when that is not possible
   */
  openUdp(at: Family | Endpoint): UdpSocket;

  /**
   * Whether this machine has an address now, so that sockets at it can send.
   *
   * @param address with a zone if it needs one
   */
  hasAddress(address: Address): boolean;

  /** The addresses that this machine has, as far as it can say without asking its user. */
  localAddresses?(): Address[];

  /** Connects. @throws {Error} when that fails, or the signal's reason once it is aborted */
  connectTcp(to: Endpoint, signal: AbortSignal): Promise<TcpStream>;

  /** The addresses of a name in order of preference; none when it has none. Never rejects. */
  resolve(name: string): Promise<Address[]>;
}

/** Where secrets come from. */
export interface Secrets {
  /** Bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array;
}

/** Everything together. */
export interface Platform {
  /** Where packets go. */
  readonly network: Network;
  /** How time passes. */
  readonly clock: Clock;
  /** Where randomness comes from. */
  readonly secrets: Secrets;
}
