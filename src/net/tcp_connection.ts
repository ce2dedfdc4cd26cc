/**
 * One TCP connection: reads when it may, a bounded output queue, and a close that does not destroy
 * what was sent last.
 *
 * @module
 */

import { type Address, unmapAddress } from "../address.ts";
import { MAX_QUEUED_BYTES, MAX_RESPONSE_BYTES, READ_BUFFER_BYTES } from "../limits.ts";
import type { OpenConnections } from "./open_connections.ts";
import type { Writing } from "./stall_watch.ts";

/** Most of the queue that one write takes. */
const MAX_WRITE_BYTES = 16 * 1024;

/** A connection; `send` and `end` return at once and do their work behind. */
export class TcpConnection implements Writing {
  /** The peer's address as this machine sees it. */
  readonly address: Address;
  progressMs = 0;
  readonly #conn: Deno.TcpConn;
  readonly #all: OpenConnections;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #hasRoom = true;
  #output: "idle" | "writing" | "shut" = "idle";
  #onIdle: (() => void) | undefined;
  #isEnding = false;
  #peerEnded = false;
  #closed = false;
  /** Ends the pause before a read. */
  #wake: (() => void) | undefined;

  /** @param all what the connections of a server share; this one joins them */
  constructor(conn: Deno.TcpConn, all: OpenConnections) {
    this.#conn = conn;
    this.#all = all;
    this.address = unmapAddress(conn.remoteAddr.hostname);
    all.add(this);
  }

  /**
   * Whether another response fits. Once the queue is full it has room again when it is empty, so that
   * who waits for room is asked once for many responses.
   */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /**
   * Turns on what only a connection that lives on needs: TCP keep-alive, and no delay for a
   * response that follows another.
   *
   * @param onIdle told whenever the whole queue has been written
   */
  settle(onIdle: () => void): void {
    if (this.#onIdle !== undefined || this.#closed) return;
    this.#onIdle = onIdle;
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
   * @param pauseMs leaves it in the system for so long, which holds the peer back
   * @returns a view that the next read overwrites, or how the connection ended: `"eof"` when the
   * peer closed its side, `"closed"` when either side ended the connection altogether
   */
  read(pauseMs: number): Promise<Uint8Array | "eof" | "closed"> {
    // Not an async function: most of its memory would be held by every idle session.
    return pauseMs > 0 ? this.#pause(pauseMs).then(() => this.#read()) : this.#read();
  }

  #read(): Promise<Uint8Array | "eof" | "closed"> {
    return this.#conn.read(this.#buffer).then(
      (length) => length === null ? this.#inputEnded() : this.#buffer.subarray(0, length),
      () => {
        this.close();
        return "closed";
      },
    );
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#all.clock.schedule(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #inputEnded(): "eof" | "closed" {
    if (this.#closed) return "closed";
    this.#peerEnded = true;
    if (this.#output === "shut") this.close();
    return "eof";
  }

  /** Queues bytes for the peer. */
  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES - MAX_RESPONSE_BYTES) this.#hasRoom = false;
    if (this.#output === "idle") this.#flush();
  }

  /**
   * Half-closes once the queue is empty, then closes when the peer does, or when it has lingered
   * too long. Keep reading until then: a close with unread bytes resets the connection and can
   * destroy the last response on its way.
   */
  end(): void {
    this.#isEnding = true;
    if (this.#output === "idle") this.#flush();
  }

  /** Closes at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output = "shut";
    this.#queue = [];
    this.#wake?.();
    this.#all.lingering.delete(this);
    this.#all.stalls.done(this);
    this.#conn.close();
    this.#all.delete(this);
  }

  async #flush(): Promise<void> {
    this.#output = "writing";
    try {
      // Not in methods of their own: each would be a promise more for each response.
      while (this.#queue.length > 0) {
        const bytes = this.#takeQueued();
        for (let done = 0; done < bytes.length && !this.#closed;) {
          this.#all.stalls.progress(this);
          const written = await this.#conn.write(done === 0 ? bytes : bytes.subarray(done));
          this.#queuedBytes -= written;
          done += written;
        }
      }
      if (this.#closed) return;
      if (!this.#isEnding) return this.#idle();
      await this.#conn.closeWrite();
      this.#shut();
    } catch {
      this.close();
    }
  }

  /** The longest part of the queue that one write may take. */
  #takeQueued(): Uint8Array {
    if (this.#queue.length === 1) return this.#queue.pop() as Uint8Array;
    let count = 1;
    let length = this.#queue[0].length;
    while (count < this.#queue.length && length + this.#queue[count].length <= MAX_WRITE_BYTES) {
      length += this.#queue[count++].length;
    }
    const parts = this.#queue.splice(0, count);
    if (count === 1) return parts[0];
    const joined = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #idle(): void {
    this.#output = "idle";
    this.#hasRoom = true;
    this.#all.stalls.done(this);
    this.#onIdle?.();
  }

  #shut(): void {
    if (this.#closed) return;
    this.#output = "shut";
    this.#all.stalls.done(this);
    if (this.#peerEnded) this.close();
    else this.#all.lingering.add(this);
  }
}
