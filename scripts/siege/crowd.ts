/**
 * Thousands of connections of one process, from any loopback address, at the cost of a few system
 * calls each: what a `Deno.Conn` costs would hold back the attack.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import {
  AF_INET,
  checked,
  setOption,
  SOCK_STREAM,
  socketAddress,
  symbols,
} from "../../tests/support/libc.ts";

const SOCK_NONBLOCK = 0o4000;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_MAXSEG = 2;
const POLLIN = 0x001;
const POLLOUT = 0x004;
const POLLERR_POLLHUP = 0x018;
/** `struct pollfd`. */
const POLLFD_BYTES = 8;
const BUFFER_BYTES = 4_096;
/** What thousands that send at full speed may fill of this machine's memory. */
const SEND_BUFFER_BYTES = 64 * 1024;

/** One who connects. */
export interface Visitor {
  readonly from: Address;
  /** What it says at once. */
  readonly opening?: string;
  /** `"never"`: it takes no byte, and its kernel not many. Default: `"always"`. */
  readonly reads?: "always" | "never";
  /** It is connected, and all that it wanted to say has left: it may say more. */
  said?(connection: CrowdConnection): void;
  /** A part of what the server sends. */
  heard?(text: string): void;
  /** The server has ended it, or never took it. */
  ended?(): void;
}

/** A connection in a {@linkcode Crowd}. */
export class CrowdConnection {
  readonly fd: number;
  readonly visitor: Visitor;
  /** Not yet sent. */
  unsaid: Uint8Array<ArrayBuffer>;
  /** Where it stands in its crowd. */
  slot: number;
  isConnected = false;

  constructor(fd: number, visitor: Visitor, slot: number) {
    this.fd = fd;
    this.visitor = visitor;
    this.slot = slot;
    this.unsaid = new TextEncoder().encode(visitor.opening ?? "");
  }

  /** Says this as soon as it can. */
  say(bytes: Uint8Array<ArrayBuffer>): void {
    this.unsaid = bytes;
  }
}

/** Many connections to one server. */
export class Crowd {
  readonly #server: Uint8Array<ArrayBuffer>;
  readonly #members: CrowdConnection[] = [];
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #decoder = new TextDecoder();
  #polled = new DataView(new ArrayBuffer(1_024 * POLLFD_BYTES));

  constructor(server: Endpoint) {
    this.#server = socketAddress(server);
  }

  get size(): number {
    return this.#members.length;
  }

  /** How many are connected, as their kernel sees it. */
  get connected(): number {
    return this.#members.reduce((sum, { isConnected }) => sum + (isConnected ? 1 : 0), 0);
  }

  /** Begins to connect. */
  add(visitor: Visitor): CrowdConnection {
    const fd = checked("socket", symbols().socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    setOption(fd, SOL_SOCKET, SO_SNDBUF, [SEND_BUFFER_BYTES]);
    if (visitor.reads === "never") {
      setOption(fd, SOL_SOCKET, SO_RCVBUF, [4_096]);
      // The sender's kernel sizes its buffer by the largest segment.
      setOption(fd, IPPROTO_TCP, TCP_MAXSEG, [536]);
    }
    const from = socketAddress({ address: visitor.from, port: 0 });
    checked("bind", symbols().bind(fd, from, from.length));
    // It is under way: whether it succeeds is seen by polling.
    symbols().connect(fd, this.#server, this.#server.length);
    const member = new CrowdConnection(fd, visitor, this.#members.length);
    this.#members.push(member);
    return member;
  }

  /** Ends a connection with a reset. */
  reset(member: CrowdConnection): void {
    if (this.#members[member.slot] !== member) return;
    // No port of the attacker is kept by the kernel for a minute.
    setOption(member.fd, SOL_SOCKET, SO_LINGER, [1, 0]);
    this.#remove(member);
  }

  /** Does what can be done without waiting. */
  step(): void {
    const members = [...this.#members];
    if (this.#polled.byteLength < members.length * POLLFD_BYTES) {
      this.#polled = new DataView(new ArrayBuffer(members.length * 2 * POLLFD_BYTES));
    }
    for (const [i, member] of members.entries()) {
      this.#polled.setInt32(i * POLLFD_BYTES, member.fd, true);
      this.#polled.setInt16(i * POLLFD_BYTES + 4, this.#interest(member), true);
    }
    symbols().poll(this.#polled, BigInt(members.length), 0);
    for (const [i, member] of members.entries()) {
      const events = this.#polled.getInt16(i * POLLFD_BYTES + 6, true);
      if (events !== 0) this.#serve(member, events);
    }
  }

  #interest({ isConnected, unsaid, visitor }: CrowdConnection): number {
    const wantsToWrite = !isConnected || unsaid.length > 0;
    return (wantsToWrite ? POLLOUT : 0) | (visitor.reads === "never" ? 0 : POLLIN);
  }

  #serve(member: CrowdConnection, events: number): void {
    if ((events & POLLIN) !== 0 && !this.#read(member)) return;
    if ((events & POLLERR_POLLHUP) !== 0) {
      this.#end(member);
      return;
    }
    if ((events & POLLOUT) !== 0) this.#write(member);
  }

  #read(member: CrowdConnection): boolean {
    const length = Number(
      symbols().recv(member.fd, this.#buffer, BigInt(this.#buffer.length), 0),
    );
    if (length > 0) member.visitor.heard?.(this.#decoder.decode(this.#buffer.subarray(0, length)));
    else this.#end(member);
    return length > 0;
  }

  #write(member: CrowdConnection): void {
    member.isConnected = true;
    if (member.unsaid.length > 0) {
      const { fd, unsaid } = member;
      const sent = symbols().send(fd, unsaid, BigInt(unsaid.length), MSG_NOSIGNAL);
      member.unsaid = unsaid.subarray(Math.max(0, Number(sent)));
    }
    if (member.unsaid.length === 0) member.visitor.said?.(member);
  }

  #end(member: CrowdConnection): void {
    this.#remove(member);
    member.visitor.ended?.();
  }

  #remove(member: CrowdConnection): void {
    symbols().close(member.fd);
    const last = this.#members.pop()!;
    if (last === member) return;
    this.#members[member.slot] = last;
    last.slot = member.slot;
  }
}
