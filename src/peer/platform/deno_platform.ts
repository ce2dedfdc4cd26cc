/**
 * The platform made of Deno's sockets. `--allow-net` and `--unstable-net` are enough.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { type Address, type Endpoint, parseAddress, unmapAddress } from "../../address.ts";
import { abortable } from "../../async/waiting.ts";
import { systemClock } from "../../clock.ts";
import { datagrams } from "../../sockets/datagrams.ts";
import type {
  Datagram,
  Network,
  Platform,
  Secrets,
  SendOutcome,
  TcpStream,
  UdpSocket,
} from "./platform.ts";

/** Responses are short; a host reads several at once at most. */
const READ_BUFFER_BYTES = 4_096;
/** Most connections come about in a round trip or never. */
const LATE_CONNECTION_MS = 1_000;

/** A UDP socket of Deno. */
export class DenoUdpSocket implements UdpSocket {
  /** The bare socket. Iterating over it and over this object at once divides the datagrams. */
  readonly conn: Deno.DatagramConn;
  /** Where it is bound; the address may be the unspecified one of its family. */
  readonly local: Endpoint;

  /**
   * Opens it.
   *
   * @param hostname address to bind to
   * @param port 0 for any free one
   * @throws {Error} when it cannot be bound, or Deno's UDP is not switched on
   */
  constructor(hostname: Address, port: number) {
    if (!("listenDatagram" in Deno)) {
      throw new Error('Cannot open UDP: expected --unstable-net or "unstable": ["net"]');
    }
    this.conn = Deno.listenDatagram({ transport: "udp", hostname, port });
    this.local = toEndpoint(this.conn.addr);
  }

  /** Sends a datagram, or loses it: it never rejects. `bytes` must not change until then. */
  send(bytes: Uint8Array, { address: hostname, port }: Endpoint): Promise<SendOutcome> {
    return this.conn.send(bytes, { transport: "udp", hostname, port }).then(taken, refused);
  }

  /** Closes it; closing twice does nothing. */
  close(): void {
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** What arrives, until it is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Datagram, undefined> {
    // What neither a close nor one datagram explains is survived with a pause; nobody can act.
    return datagrams(this.conn, systemClock, () => {})[Symbol.asyncIterator]();
  }
}

function taken(): SendOutcome {
  return "taken";
}

/** No route, a refused earlier datagram (Windows), a closed socket, a length: it is lost. */
function refused(error: unknown): SendOutcome {
  const isTooLong = error instanceof Error && "code" in error && error.code === "EMSGSIZE";
  return isTooLong ? "too_long" : "refused";
}

class DenoTcpStream implements TcpStream {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.local = toEndpoint(conn.localAddr);
    this.remote = toEndpoint(conn.remoteAddr);
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const length = await this.#conn.read(this.#buffer);
      return length === null ? undefined : this.#buffer.subarray(0, length);
    } catch {
      return undefined;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.#conn.write(bytes.subarray(done));
  }

  close(): void {
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

const network: Network = {
  openUdp: (at) =>
    typeof at === "string"
      ? new DenoUdpSocket(at === "IPv6" ? "::" : "0.0.0.0", 0)
      : new DenoUdpSocket(at.address, at.port),

  hasAddress(address) {
    try {
      new DenoUdpSocket(address, 0).close();
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.AddrNotAvailable);
    }
  },

  async connectTcp({ address: hostname, port }, signal) {
    signal.throwIfAborted();
    const over = new AbortController();
    const connecting = Deno.connect({ hostname, port, signal: over.signal });
    try {
      return new DenoTcpStream(await abortable(connecting, signal));
    } catch (error) {
      if (signal.aborted) giveUp(connecting, over);
      throw error;
    }
  },

  // The system's resolver knows the hosts file and the order of preference; DNS alone does not.
  async resolve(name) {
    try {
      const found = await lookup(name, { all: true });
      const addresses = found.map(({ address }) => parseAddress(address));
      return [...new Set(addresses.filter((address) => address !== undefined))];
    } catch {
      return [];
    }
  },
};

const secrets: Secrets = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/**
 * Deno loses a connection, open, whose signal is aborted just as it comes about. So one that is not
 * wanted any more is waited for and closed, and the signal is for those that do not come.
 */
function giveUp(connecting: Promise<Deno.TcpConn>, over: AbortController): void {
  const cancel = systemClock.schedule(LATE_CONNECTION_MS, () => over.abort());
  connecting.then((late) => late.close(), () => {}).finally(cancel);
}

/** Deno's sockets, this machine's clock, the system's randomness. */
export const denoPlatform: Platform = { network, clock: systemClock, secrets };

function toEndpoint(address: Deno.Addr): Endpoint {
  const { hostname, port } = address as Deno.NetAddr;
  return { address: unmapAddress(hostname), port };
}
