/**
 * Datagrams from any loopback address by one socket: what a forged source address looks like to the
 * server, without privileges.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import {
  addressBytes,
  AF_INET,
  checked,
  SOCK_DGRAM,
  socketAddress,
  symbols,
} from "../../tests/support/libc.ts";

const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const MSG_DONTWAIT = 0x40;
const MAX_DATAGRAM_BYTES = 1_024;
/** `struct cmsghdr` with a `struct in_pktinfo`, and what aligns the next one. */
const CONTROL_BYTES = 32;
const CONTROL_LENGTH = 28n;
/** `struct msghdr` of 64-bit systems, and `struct iovec` in it. */
const MESSAGE_BYTES = 56;

/** A UDP socket that chooses the source address of each datagram. */
export class AnySource {
  readonly #fd: number;
  readonly #payload = new Uint8Array(MAX_DATAGRAM_BYTES);
  readonly #control = new Uint8Array(CONTROL_BYTES);
  readonly #vector = new DataView(new ArrayBuffer(16));
  readonly #message = new DataView(new ArrayBuffer(MESSAGE_BYTES));
  readonly #to: Uint8Array<ArrayBuffer>;

  constructor(server: Endpoint) {
    this.#fd = checked("socket", symbols().socket(AF_INET, SOCK_DGRAM, 0));
    this.#to = socketAddress(server);
    const control = new DataView(this.#control.buffer);
    control.setBigUint64(0, CONTROL_LENGTH, true);
    control.setInt32(8, IPPROTO_IP, true);
    control.setInt32(12, IP_PKTINFO, true);
    this.#vector.setBigUint64(0, pointer(this.#payload), true);
    this.#message.setBigUint64(0, pointer(this.#to), true);
    this.#message.setUint32(8, this.#to.length, true);
    this.#message.setBigUint64(16, pointer(new Uint8Array(this.#vector.buffer)), true);
    this.#message.setBigUint64(24, 1n, true);
    this.#message.setBigUint64(32, pointer(this.#control), true);
    this.#message.setBigUint64(40, BigInt(CONTROL_BYTES), true);
  }

  /** Sends one datagram, unless the kernel has no room for it. */
  send(text: string, from: Address): void {
    const { written } = new TextEncoder().encodeInto(text, this.#payload);
    this.#vector.setBigUint64(8, BigInt(written), true);
    this.#control.set(addressBytes(from), 20);
    symbols().sendmsg(this.#fd, this.#message, MSG_DONTWAIT);
  }

  close(): void {
    symbols().close(this.#fd);
  }
}

function pointer(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
