/**
 * Calls of the C library, for what Deno's own sockets cannot do. Linux on IPv4 only.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";

export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

const libc = openLibc();

/** Whether {@linkcode symbols} can be called here. */
export const HAS_LIBC = libc !== undefined;

/** The functions. */
export function symbols(): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] {
  if (libc === undefined) throw new Error("Cannot open a socket: expected glibc on Linux");
  return libc.symbols;
}

/** `struct sockaddr_in`. */
export function socketAddress({ address, port }: Endpoint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(addressBytes(address), 4);
  return bytes;
}

/** `struct in_addr`. */
export function addressBytes(address: string): number[] {
  return address.split(".").map(Number);
}

/** Sets an option of integers; whether it worked is what the C library returns. */
export function setOption(fd: number, level: number, name: number, words: number[]): number {
  const value = new Uint8Array(new Int32Array(words).buffer);
  return symbols().setsockopt(fd, level, name, value, value.length);
}

/**
 * What a call returned.
 *
 * @throws {Error} when that says that it failed
 */
export function checked(call: string, result: number): number {
  if (result < 0) throw new Error(`Cannot ${call}: the C library returned ${result}`);
  return result;
}

function openLibc(): Deno.DynamicLibrary<typeof SYMBOLS> | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS);
  } catch {
    // Another C library than glibc.
    return undefined;
  }
}
