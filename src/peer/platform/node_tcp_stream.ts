/**
 * TCP of Deno, Node.js and Bun: `node:net`.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { type Endpoint, unmapAddress } from "../../address.ts";
import { abortable } from "../../async/waiting.ts";
import { explained } from "../../sockets/error_codes.ts";
import type { TcpStream } from "./platform.ts";

/** Connects. @throws {Error} when that fails, or the signal's reason once it is aborted */
export async function connectTcp(
  { address: host, port }: Endpoint,
  signal: AbortSignal,
): Promise<TcpStream> {
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  const connecting = new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    // Those of an open connection show where it is read and written.
    socket.on("error", (error) => reject(explained(error)));
  });
  try {
    await abortable(connecting, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return new NodeTcpStream(socket);
}

class NodeTcpStream implements TcpStream {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
    this.local = toEndpoint(socket.localAddress, socket.localPort);
    this.remote = toEndpoint(socket.remoteAddress, socket.remotePort);
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#chunks.next()).value;
    } catch {
      return undefined;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error) reject(error);
        // Node.js calls what a close cut off written.
        else if (this.#socket.destroyed) reject(new Error("the connection was closed"));
        else resolve();
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function toEndpoint(address = "", port = 0): Endpoint {
  return { address: unmapAddress(address), port };
}
