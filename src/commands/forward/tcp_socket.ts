/**
 * TCP of applications: both directions end by themselves, and a reset is told from an end.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Endpoint, unmapAddress } from "../../address.ts";
import { abortable } from "../../async/waiting.ts";
import { explained } from "../../sockets/error_codes.ts";
import { TCP_KEEP_ALIVE_MS } from "../limits.ts";

/** How all of them are opened: who asks is answered at once, and a dead end is found out. */
const OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
};

/** A TCP connection of an application. */
export class TcpSocket {
  /** The other side's endpoint. */
  readonly remote: Endpoint;
  /** Rejects, with words for people, when the connection is broken or was reset by either side. */
  readonly broken: Promise<never>;
  readonly #break: (error: Error) => void;
  readonly #socket: Socket;
  #failure: Error | undefined;
  /** Who reads; one chunk is taken from the system for each. */
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  /** @param socket that nobody has read from yet */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = endpointOf(socket.remoteAddress, socket.remotePort);
    const broken = Promise.withResolvers<never>();
    this.broken = broken.promise;
    this.#break = (error) => {
      this.#failure ??= error;
      broken.reject(error);
      // Not by a race with what lives as long as the connection: it would keep all that was read.
      this.#reader?.reject(error);
    };
    this.broken.catch(() => {});
    socket.pause();
    socket.on("data", (chunk) => {
      socket.pause();
      this.#deliver(chunk);
    });
    socket.on("end", () => this.#deliver(undefined));
    socket.on("error", (error) => this.#break(explained(error)));
  }

  /**
   * What has arrived; `undefined` once the other side has ended its direction.
   *
   * @throws {Error} when the connection is broken
   */
  read(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#socket.readableEnded) return Promise.resolve(undefined);
    const reader = Promise.withResolvers<Uint8Array | undefined>();
    this.#reader = reader;
    this.#socket.resume();
    return reader.promise;
  }

  /** Sends all of `bytes`. @throws {Error} when the connection is broken */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  /** Ends this side's direction. */
  endWriting(): void {
    this.#socket.end();
  }

  /**
   * Ends both directions at once, so that the other side knows that something is missing. Deno
   * before 2.9 can only end them: the other side takes what came for all.
   */
  reset(): void {
    this.#break(new Error("the connection was reset here"));
    if (this.#socket.destroyed) return;
    const { resetAndDestroy }: Partial<Socket> = this.#socket;
    if (resetAndDestroy === undefined) this.#socket.destroy();
    else resetAndDestroy.call(this.#socket);
  }

  #deliver(chunk: Uint8Array | undefined): void {
    this.#reader?.resolve(chunk);
    this.#reader = undefined;
  }
}

/** Connects. @throws {Error} with words for people, or the signal's reason once it is aborted */
export async function connectToService(
  { address: host, port }: Endpoint,
  signal: AbortSignal,
): Promise<TcpSocket> {
  signal.throwIfAborted();
  const socket = connect({ host, port, ...OPTIONS });
  const connecting = Promise.withResolvers<void>();
  socket.once("connect", connecting.resolve);
  socket.once("error", connecting.reject);
  try {
    await abortable(connecting.promise, signal);
  } catch (error) {
    socket.destroy();
    throw error instanceof Error ? explained(error) : error;
  }
  return new TcpSocket(socket);
}

/** A port on which applications are waited for. */
export interface TcpPort {
  readonly local: Endpoint;
  /** Listens anew at the same port; the connections stay. @throws {Error} when that is not possible */
  reopen(): Promise<void>;
  /** Waits for no more; the connections stay. */
  close(): void;
}

/** Listens. @param onSocket told of each connection @throws {Error} when that is not possible */
export async function listenTcp(
  at: Endpoint,
  onSocket: (socket: TcpSocket) => void,
): Promise<TcpPort> {
  let server = await startServer(at, onSocket);
  const { port } = server.address() as AddressInfo;
  const local = { ...at, port };
  const reopen = async () => {
    server.close();
    server = await startServer(local, onSocket);
  };
  return { local, reopen, close: () => void server.close() };
}

async function startServer(
  { address: host, port }: Endpoint,
  onSocket: (socket: TcpSocket) => void,
): Promise<Server> {
  const server = createServer({ ...OPTIONS, pauseOnConnect: true });
  server.on("connection", (socket) => onSocket(new TcpSocket(socket)));
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
    server.listen({ host, port });
  });
  return server;
}

function endpointOf(address = "", port = 0): Endpoint {
  return { address: unmapAddress(address), port };
}
