/**
 * A TCP session with the server, as a peer sees it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import { decodeResponse, type ReceivedResponse } from "../../protocol/decode_response.ts";
import { encodeRequest } from "../../protocol/encode.ts";
import { JsonStream } from "../../protocol/json_stream.ts";
import type { Decoded, Introduction, Request } from "../../protocol/message.ts";
import { ForeignServerError, PeerError, refusalError } from "../errors.ts";
import { CONNECT_TIMEOUT_MS } from "../limits.ts";
import type { Platform, TcpStream } from "../platform/platform.ts";
import { withTimeout } from "../../async/waiting.ts";

/** A response, why what came is none, or `undefined` when the session is over. */
export type Received = Decoded<ReceivedResponse, string> | undefined;

/** An open session. */
export class Session {
  readonly #tcp: TcpStream;
  readonly #responses: AsyncGenerator<Decoded<ReceivedResponse, string>, undefined>;

  private constructor(tcp: TcpStream) {
    this.#tcp = tcp;
    this.#responses = responses(tcp);
  }

  /**
   * Connects to the first of the server's endpoints that accepts.
   *
   * @throws {PeerError} `server_unreachable` when none does
   * @throws the signal's reason once it is aborted
   */
  static async open(
    { network, clock }: Platform,
    endpoints: readonly Endpoint[],
    signal: AbortSignal,
  ): Promise<Session> {
    const failures: string[] = [];
    for (const endpoint of endpoints) {
      try {
        return new Session(
          await withTimeout(
            clock,
            CONNECT_TIMEOUT_MS,
            signal,
            (signal) => network.connectTcp(endpoint, signal),
          ),
        );
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${formatEndpoint(endpoint)}: ${reasonOf(error)}`);
      }
    }
    const message = `Cannot connect to the server by TCP: ${failures.join("; ")}`;
    throw new PeerError("server_unreachable", message);
  }

  /** Where the server is, as the connection reached it. */
  get server(): Endpoint {
    return this.#tcp.remote;
  }

  /** Where this machine is, on the way to the server. */
  get local(): Endpoint {
    return this.#tcp.local;
  }

  /** Sends a request. A broken session shows at the next {@linkcode receive}. */
  async request(request: Request): Promise<void> {
    try {
      await this.#tcp.write(encodeRequest(request));
    } catch {
      this.close();
    }
  }

  /** The next response. */
  async receive(): Promise<Received> {
    return (await this.#responses.next()).value;
  }

  /** Closes the session: the server forgets what it waits for. */
  close(): void {
    this.#tcp.close();
  }
}

/** What a session said, as an introduction or an error. */
export function outcomeOf(received: Received): Introduction | PeerError {
  if (received === undefined) {
    return new PeerError("server_unreachable", "the session with the server was lost");
  }
  if (!received.ok) return new ForeignServerError(`${received.reason}; it is no rendezvous server`);
  if ("code" in received.value) return refusalError(received.value);
  return "leaseTimeoutS" in received.value
    ? new ForeignServerError("it answers a KeepAlive that asked for no answer")
    : received.value;
}

async function* responses(
  tcp: TcpStream,
): AsyncGenerator<Decoded<ReceivedResponse, string>, undefined> {
  const stream = new JsonStream();
  for (;;) {
    const chunk = await tcp.read();
    if (chunk === undefined) return;
    for (const framed of stream.push(chunk)) {
      yield framed.ok ? decodeResponse(framed.value) : framed;
      if (!framed.ok) return;
    }
  }
}

/** One line; systems and runtimes add a code in parentheses that helps nobody. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].replace(/ \(os error \d+\)$/, "");
}
