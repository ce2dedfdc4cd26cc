/**
 * One TCP connection: reads, a bounded output queue, and a close that does not destroy what was
 * sent last.
 *
 * @module
 */

import { type Address, unmapAddress } from "../address.ts";
import { LINGER_MS, MAX_QUEUED_BYTES, READ_BUFFER_BYTES } from "../limits.ts";

/** A connection; `send` and `end` return at once and do their work behind. */
export class TcpConnection {
  /** The peer's address as this machine sees it. */
  readonly address: Address;
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #output: "idle" | "writing" | "shut" = "idle";
  #ending = false;
  #peerEnded = false;
  #closed = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.address = unmapAddress(conn.remoteAddr.hostname);
    try {
      conn.setNoDelay(true);
      conn.setKeepAlive(true);
    } catch {
      // Reset before it was accepted: the first read says so.
    }
  }

  /**
   * Reads what has arrived.
   *
   * @returns a view that the next read overwrites, or how the connection ended: `"eof"` when the
   * peer closed its side, `"closed"` when either side ended the connection altogether
   */
  async read(): Promise<Uint8Array | "eof" | "closed"> {
    try {
      const length = await this.#conn.read(this.#buffer);
      if (length !== null) return this.#buffer.subarray(0, length);
    } catch {
      this.close();
    }
    if (this.#closed) return "closed";
    this.#peerEnded = true;
    if (this.#output === "shut") this.close();
    return "eof";
  }

  /**
   * Queues bytes for the peer.
   *
   * @returns `"overflow"` when it does not read: the bytes are dropped and the connection is closed
   */
  send(bytes: Uint8Array): "queued" | "overflow" {
    if (this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES) {
      this.close();
      return "overflow";
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#output === "idle") this.#flush();
    return "queued";
  }

  /**
   * Half-closes once the queue is empty, then closes when the peer does, or after
   * {@linkcode LINGER_MS} at most. Keep reading until then: a close with unread bytes resets the
   * connection and can destroy the last response on its way.
   */
  end(): void {
    this.#ending = true;
    lingering.add(this);
    if (this.#output === "idle") this.#flush();
  }

  /** Closes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output = "shut";
    this.#queue = [];
    lingering.delete(this);
    this.#conn.close();
  }

  async #flush(): Promise<void> {
    this.#output = "writing";
    try {
      for (let bytes = this.#queue[0]; bytes !== undefined; bytes = this.#queue[0]) {
        const written = await this.#conn.write(bytes);
        this.#queuedBytes -= written;
        if (written < bytes.length) this.#queue[0] = bytes.subarray(written);
        else this.#queue.shift();
      }
      if (this.#closed) return;
      if (!this.#ending) {
        this.#output = "idle";
        return;
      }
      await this.#conn.closeWrite();
      this.#output = "shut";
      if (this.#peerEnded) this.close();
    } catch {
      this.close();
    }
  }
}

/**
 * Closes connections that linger: two generations and one timer for all of them. A connection
 * lives through one whole turn of the timer and no more than two.
 */
class Lingering {
  #young = new Set<TcpConnection>();
  #old = new Set<TcpConnection>();
  #timer: ReturnType<typeof setInterval> | undefined;

  add(connection: TcpConnection): void {
    if (!this.#old.has(connection)) this.#young.add(connection);
    this.#timer ??= setInterval(() => this.#turn(), LINGER_MS / 2);
  }

  delete(connection: TcpConnection): void {
    this.#young.delete(connection);
    this.#old.delete(connection);
  }

  #turn(): void {
    for (const connection of this.#old) connection.close();
    this.#old = this.#young;
    this.#young = new Set();
    if (this.#old.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const lingering = new Lingering();
