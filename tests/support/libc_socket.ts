/**
 * TCP sockets of the C library, for faults that Deno's own cannot make: a reset at any moment, a
 * peer that vanishes without a word, small buffers. Linux on IPv4 only.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import {
  AF_INET,
  checked,
  HAS_LIBC,
  setOption,
  SOCK_STREAM,
  socketAddress,
  symbols,
} from "./libc.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_MAXSEG = 2;
const TCP_REPAIR = 19;

/** Whether a socket can {@linkcode LibcSocket.vanish} here, which takes privileges. */
export const CAN_VANISH = HAS_LIBC && canRepair();

/** A connected TCP socket. Connecting and sending block until the kernel has it. */
export class LibcSocket {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @param buffers `"small"`: the kernels on both sides hold some 10 KB for this connection */
  static connect(server: Endpoint, buffers: "usual" | "small" = "usual"): LibcSocket {
    const socket = new LibcSocket(checked("socket", symbols().socket(AF_INET, SOCK_STREAM, 0)));
    if (buffers === "small") {
      socket.#setOption(SOL_SOCKET, SO_RCVBUF, [4_096]);
      // The sender's kernel sizes its buffer by the largest segment.
      socket.#setOption(IPPROTO_TCP, TCP_MAXSEG, [536]);
    }
    const address = socketAddress(server);
    checked("connect", symbols().connect(socket.#fd, address, address.length));
    return socket;
  }

  send(text: string): void {
    const bytes = new TextEncoder().encode(text);
    checked("send", Number(symbols().send(this.#fd, bytes, BigInt(bytes.length), 0)));
  }

  /** Closes in order. */
  close(): void {
    checked("close", symbols().close(this.#fd));
  }

  /** Closes with a reset. */
  reset(): void {
    this.#setOption(SOL_SOCKET, SO_LINGER, [1, 0]);
    this.close();
  }

  /** Ends without a packet, as when the machine loses power. */
  vanish(): void {
    this.#setOption(IPPROTO_TCP, TCP_REPAIR, [1]);
    this.close();
  }

  #setOption(level: number, name: number, words: number[]): void {
    checked("setsockopt", setOption(this.#fd, level, name, words));
  }
}

function canRepair(): boolean {
  const fd = checked("socket", symbols().socket(AF_INET, SOCK_STREAM, 0));
  const outcome = setOption(fd, IPPROTO_TCP, TCP_REPAIR, [1]);
  symbols().close(fd);
  return outcome === 0;
}
