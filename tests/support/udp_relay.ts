/**
 * A UDP path that delays and loses, as a process of its own between two sockets of this machine, for
 * kernels without netem:
 *
 *     deno run --allow-net tests/support/udp_relay.ts DELAY_MS LOSS SEED
 *
 * DELAY_MS and LOSS (a probability) apply each way. It prints the two ports that it listens at; what
 * comes to one leaves from the other, to whoever spoke to that one last.
 *
 * @module
 */

import { datagrams } from "../../src/sockets/datagrams.ts";
import { systemClock } from "../../src/clock.ts";
import { Prng } from "../simulated/prng.ts";

/** A queue as long as a second of a fast stream; what does not fit is lost, as in any router. */
const MAX_QUEUED = 65_536;

/** A datagram on its way. */
interface Travelling {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** One of the two sockets, with what is to leave from it. */
class Face {
  readonly conn = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #queue: Travelling[] = [];
  #head = 0;
  #to: Deno.Addr | undefined;
  #isWaiting = false;

  /** Notes who speaks to it. */
  heard({ address, port }: { readonly address: string; readonly port: number }): void {
    this.#to = { transport: "udp", hostname: address, port };
  }

  /** Lets a datagram leave in time. */
  enqueue(bytes: Uint8Array, dueMs: number): void {
    if (this.#queue.length - this.#head >= MAX_QUEUED) return;
    this.#queue.push({ bytes, dueMs });
    this.#wait(dueMs - performance.now());
  }

  /** Sends what is due. */
  flush(nowMs: number): void {
    while (this.#head < this.#queue.length && this.#queue[this.#head].dueMs <= nowMs) {
      const { bytes } = this.#queue[this.#head++];
      if (this.#to !== undefined) this.conn.send(bytes, this.#to).catch(() => {});
    }
    if (this.#head === this.#queue.length || this.#head > MAX_QUEUED) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  #wait(delayMs: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      const nowMs = performance.now();
      this.flush(nowMs);
      if (this.#head < this.#queue.length) this.#wait(this.#queue[this.#head].dueMs - nowMs);
    }, Math.max(0, delayMs));
  }
}

if (import.meta.main) {
  const [delayMs, loss, seed] = Deno.args.map(Number);
  const prng = new Prng(seed);
  const faces = [new Face(), new Face()] as const;
  const ports = faces.map(({ conn }) => (conn.addr as Deno.NetAddr).port);
  console.log(ports.join(" "));
  const carry = async (from: Face, to: Face) => {
    for await (const { bytes, source } of datagrams(from.conn, systemClock, console.error)) {
      from.heard(source);
      const nowMs = performance.now();
      // Timers of this runtime are late by two milliseconds; traffic looks for itself.
      from.flush(nowMs);
      to.flush(nowMs);
      if (!prng.chance(loss)) to.enqueue(bytes.slice(), nowMs + delayMs);
    }
  };
  await Promise.all([carry(faces[0], faces[1]), carry(faces[1], faces[0])]);
}
