/**
 * One TCP connection: reads, a bounded output queue, and a close that does not destroy what was
 * sent last.
 *
 * @module
 */

import { type Address, unmapAddress } from "../address.ts";
import { MAX_QUEUED_BYTES, READ_BUFFER_BYTES } from "../limits.ts";
import type { Lingering } from "./lingering.ts";

/** A connection; `send` and `end` return at once and do their work behind. */
export class TcpConnection {
  /** The peer's address as this machine sees it. */
  readonly address: Address;
  readonly #conn: Deno.TcpConn;
  readonly #lingering: Lingering;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #output: "idle" | "writing" | "shut" = "idle";
  #settled = false;
  #ending: "no" | "lingering" | "hurried" = "no";
  #peerEnded = false;
  #closed = false;

  /** @param lingering closes the connection when its peer does not, after {@linkcode end} */
  constructor(conn: Deno.TcpConn, lingering: Lingering) {
    this.#conn = conn;
    this.#lingering = lingering;
    this.address = unmapAddress(conn.remoteAddr.hostname);
  }

  /**
   * Turns on what only a connection that lives on needs: TCP keep-alive, and no delay for a
   * response that follows another.
   */
  settle(): void {
    if (this.#settled || this.#closed) return;
    this.#settled = true;
    try {
      this.#conn.setNoDelay(true);
      this.#conn.setKeepAlive(true);
    } catch {
      // Reset meanwhile: the next read says so.
    }
  }

  /**
   * Reads what has arrived.
   *
   * @returns a view that the next read overwrites, or how the connection ended: `"eof"` when the
   * peer closed its side, `"closed"` when either side ended the connection altogether
   */
  read(): Promise<Uint8Array | "eof" | "closed"> {
    // Not an async function: most of its memory would be held by every idle session.
    return this.#conn.read(this.#buffer).then(
      (length) => length === null ? this.#inputEnded() : this.#buffer.subarray(0, length),
      () => {
        this.close();
        return "closed";
      },
    );
  }

  #inputEnded(): "eof" | "closed" {
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
   * Half-closes once the queue is empty, then closes when the peer does, or when it has lingered
   * too long. Keep reading until then: a close with unread bytes resets the connection and can
   * destroy the last response on its way.
   */
  end(): void {
    if (this.#closed) return;
    if (this.#ending === "no") this.#ending = "lingering";
    this.#lingering.add(this);
    if (this.#output === "idle") this.#flush();
  }

  /** Does not linger after all: closes as soon as the queue is empty. */
  hurry(): void {
    this.#ending = "hurried";
    if (this.#output === "shut") this.close();
  }

  /** Closes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output = "shut";
    this.#queue = [];
    this.#lingering.delete(this);
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
      if (this.#ending === "no") {
        this.#output = "idle";
        return;
      }
      await this.#conn.closeWrite();
      this.#output = "shut";
      if (this.#peerEnded || this.#ending === "hurried") this.close();
    } catch {
      this.close();
    }
  }
}
