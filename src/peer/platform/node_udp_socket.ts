/**
 * UDP where the runtime is Node.js or Bun: `node:dgram`.
 *
 * @module
 */

import { randomInt } from "node:crypto";
import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { type Endpoint, familyOf, unmapAddress, withoutZone } from "../../address.ts";
import { Queue } from "../../async/queue.ts";
import { codeOf } from "../../sockets/error_codes.ts";
import type { Datagram, SendOutcome, UdpSocket } from "./platform.ts";
import { refusalOf } from "./system_error.ts";

/** What the system is asked to keep while the reader is busy: 80 ms of 400 Mbit/s. */
const RECEIVE_BUFFER_BYTES = 4 * 2 ** 20;

/**
 * Datagrams that were received and not asked for; one more pushes the oldest out. Both runtimes hand
 * over one by one what they received, so a reader that keeps up leaves none: these are for who has
 * not begun. 32 MB of the largest.
 */
export const MAX_UNREAD_DATAGRAMS = 512;

/** Ports that nobody has by registration (RFC 6335, 6). */
const FIRST_DYNAMIC_PORT = 49_152;
const DYNAMIC_PORTS = 16_384;

/** Ports that are tried before none counts as free. */
const PORT_ATTEMPTS = 64;

/**
 * What an earlier datagram met far away (RFC 1122, 4.1.3.3), Bun reports as the error of the next
 * one, which it then has not sent, whoever that is for.
 */
const SEND_ATTEMPTS = 2;

/** Bun takes a port at once and tells which only later, when it is too late here. */
const TELLS_PORT_LATE = "Bun" in globalThis;

/** A UDP socket of Node.js or Bun. */
export class NodeUdpSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #received = new Queue<Datagram>(MAX_UNREAD_DATAGRAMS);
  #isClosed = false;

  /**
   * Opens it.
   *
   * @param at port 0 for any free one
   * @throws {Error} when it cannot be bound
   */
  constructor(at: Endpoint) {
    const { socket, port } = at.port === 0 && TELLS_PORT_LATE ? bindToAnyPort(at) : bind(at);
    this.#socket = socket;
    this.local = { address: unmapAddress(withoutZone(at.address)), port };
    socket.on("message", (bytes, { address, port }) => {
      const source = { address: unmapAddress(withoutZone(address)), port };
      this.#received.push({ bytes, source });
    });
  }

  send(bytes: Uint8Array, to: Endpoint): Promise<SendOutcome> {
    return new Promise((resolve) => this.#transmit(bytes, to, SEND_ATTEMPTS, resolve));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#received.end();
    this.#socket.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Datagram, undefined> {
    return this.#received;
  }

  #transmit(
    bytes: Uint8Array,
    to: Endpoint,
    attempts: number,
    onDone: (outcome: SendOutcome) => void,
  ): void {
    try {
      this.#socket.send(bytes, to.port, to.address, (error) => {
        if (!error) onDone("taken");
        else if (attempts === 1) onDone(refusalOf(error));
        else this.#transmit(bytes, to, attempts - 1, onDone);
      });
    } catch {
      // A closed socket, a port that nobody can have.
      onDone("refused");
    }
  }
}

/** A socket, and the port that it has. */
interface Bound {
  readonly socket: Socket;
  readonly port: number;
}

/** Binds within the call, as the runtimes do where nothing has to be looked up. */
function bind({ address, port }: Endpoint): Bound {
  const type = familyOf(address) === "IPv6" ? "udp6" : "udp4";
  const socket = createSocket({ type, lookup: asItStands });
  let failure: Error | undefined;
  // Later ones are about single datagrams.
  socket.on("error", (error) => failure ??= error);
  socket.on("listening", () => enlargeReceiveBuffer(socket));
  socket.bind({ address, port, exclusive: true });
  if (failure !== undefined) {
    socket.close();
    throw failure;
  }
  return { socket, port: port === 0 ? socket.address().port : port };
}

/** Binds to a port chosen here. */
function bindToAnyPort({ address }: Endpoint): Bound {
  for (let attempt = 1;; attempt++) {
    const port = FIRST_DYNAMIC_PORT + randomInt(DYNAMIC_PORTS);
    try {
      return bind({ address, port });
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !isTaken(error)) throw error;
    }
  }
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch (error) {
    // Systems other than Linux give all or nothing: then it stays as it was.
    if (codeOf(error) === undefined) throw error;
  }
}

/** Windows denies ports that it keeps for others. */
function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EADDRINUSE" || code === "EACCES";
}

/** There is nothing to look up, so it is found at once. */
const asItStands: SocketOptions["lookup"] = (address, _options, callback) => {
  callback(null, address, familyOf(address) === "IPv6" ? 6 : 4);
};
