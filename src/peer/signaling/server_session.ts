/**
 * A TCP session with the server, as a peer sees it: requests go out, responses come in.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { decodeResponse, type ReceivedResponse } from "../../protocol/decode_response.ts";
import { encodeRequest } from "../../protocol/encode.ts";
import { JsonStream } from "../../protocol/json_stream.ts";
import type { Decoded, Introduction, KeptAlive, Request } from "../../protocol/message.ts";
import { ForeignServerError, PeerError, refusalError } from "../errors.ts";
import type { TcpStream } from "../platform/platform.ts";

/** A response, why what came is none, or `undefined` when the session is over. */
export type Received = Decoded<ReceivedResponse, string> | undefined;

/** A TCP connection on which the server is asked. */
export class ServerSession {
  readonly #tcp: TcpStream;
  readonly #responses: AsyncGenerator<Decoded<ReceivedResponse, string>, undefined>;

  /** @param tcp a connection to the server that nobody else uses */
  constructor(tcp: TcpStream) {
    this.#tcp = tcp;
    this.#responses = responses(tcp);
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

/** What a session said; an error where it ended, or said that it ends. */
export function outcomeOf(received: Received): Introduction | KeptAlive | PeerError {
  if (received === undefined) {
    return new PeerError("server_unreachable", "the session with the server was lost");
  }
  if (!received.ok) return new ForeignServerError(`${received.reason}; it is no rendezvous server`);
  return "code" in received.value ? refusalError(received.value) : received.value;
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
