/**
 * A client below any library: exact bytes out, and exactly what came back.
 *
 * @module
 */

import net from "node:net";
import { Buffer } from "node:buffer";
import type { Address, Endpoint } from "../../src/address.ts";
import { within } from "./deadline.ts";

const encoder = new TextEncoder();
/** Small, because a test may hold thousands of clients. */
const READ_BYTES = 4_096;
/** Connects that are under way at a time: fewer than fit into the kernel's queue of a listener. */
const CONNECTS_AT_ONCE = 200;

/** What a client needs of a TCP connection. */
interface Stream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** One TCP connection to the server. */
export class RawClient {
  readonly #stream: Stream;
  readonly #decoder = new TextDecoder();
  /** Received and not yet handed out. */
  #text = "";
  #closed = false;

  private constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** @param from loopback address to connect from (Linux has all of 127.0.0.0/8) */
  static async connect({ address, port }: Endpoint, from?: Address): Promise<RawClient> {
    if (from === undefined) {
      return new RawClient(await Deno.connect({ hostname: address, port }));
    }
    return new RawClient(await NodeStream.connect(address, port, from));
  }

  /** Sends exactly these bytes. */
  async send(data: string | Uint8Array): Promise<void> {
    let bytes = typeof data === "string" ? encoder.encode(data) : data;
    while (bytes.length > 0) bytes = bytes.subarray(await this.#stream.write(bytes));
  }

  /** Closes the sending side. */
  async closeWrite(): Promise<void> {
    await this.#stream.closeWrite();
  }

  /** The next line with its newline; what there was when the server closes before one. */
  async readLine(): Promise<string> {
    while (!this.#text.includes("\n") && await this.#receive());
    return this.#take(this.#text.indexOf("\n") + 1 || this.#text.length);
  }

  /**
   * Everything up to the end of the stream; then closes, so that nothing lingers.
   *
   * @throws {Deno.errors.ConnectionReset} when the server resets the connection instead
   */
  async readToEnd(): Promise<string> {
    while (await this.#receive());
    this.close();
    return this.#take(this.#text.length);
  }

  /** Closes the connection; with unread bytes this is a reset. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #receive(): Promise<boolean> {
    const buffer = new Uint8Array(READ_BYTES);
    const received = () => `more after ${JSON.stringify(this.#text)}`;
    const length = await within(this.#stream.read(buffer), received);
    if (length === null) return false;
    this.#text += this.#decoder.decode(buffer.subarray(0, length), { stream: true });
    return true;
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}

/** Connects many clients, some at a time. */
export async function connectMany(
  server: Endpoint,
  count: number,
  from?: Address,
): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const length = Math.min(CONNECTS_AT_ONCE, count - clients.length);
    const batch = Array.from({ length }, () => RawClient.connect(server, from));
    clients.push(...await Promise.all(batch));
  }
  return clients;
}

/** A connection from an address of choice, which only the Node API can make. */
class NodeStream implements Stream {
  readonly #socket: net.Socket;
  readonly #chunks: AsyncIterator<Buffer>;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  static async connect(host: string, port: number, localAddress: string): Promise<NodeStream> {
    const socket = net.connect({ host, port, localAddress, allowHalfOpen: true });
    await within(
      new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      }),
      `a connection from ${localAddress}`,
    );
    return new NodeStream(socket);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const { done, value } = await this.#chunks.next();
    if (done) return null;
    if (value.length > buffer.length) this.#socket.unshift(value.subarray(buffer.length));
    buffer.set(value.subarray(0, buffer.length));
    return Math.min(value.length, buffer.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** One UDP socket. The server must never send to it. */
export class RawSocket {
  readonly endpoint: Endpoint;
  readonly #socket: Deno.DatagramConn;
  readonly #receiving: Promise<void>;
  readonly #serverPorts = new Set<number>();
  #received = 0;

  /** @param address loopback address to send from */
  constructor(address: Address = "127.0.0.1") {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
    const { hostname, port } = this.#socket.addr as Deno.NetAddr;
    this.endpoint = { address: hostname, port };
    this.#receiving = this.#receive();
  }

  /** Number of datagrams that came from where this socket sent to: anything but 0 is wrong. */
  get received(): number {
    return this.#received;
  }

  /** Sends one datagram. */
  async send(server: Endpoint, data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    const { address: hostname, port } = server;
    this.#serverPorts.add(port);
    await this.#socket.send(bytes, { transport: "udp", hostname, port });
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#receiving;
  }

  async #receive(): Promise<void> {
    try {
      for await (const [, source] of this.#socket) {
        // Other programs of this machine may send to the port's last owner.
        if (this.#serverPorts.has((source as Deno.NetAddr).port)) this.#received++;
      }
    } catch {
      // The host refused a datagram because the server is gone: nothing was received.
    }
  }
}
