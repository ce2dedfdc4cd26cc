/**
 * Requests by a name, which only a code leads to: whether a server knows names, and what its refusals
 * say then. A name is nobody's business, so that no message holds it.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../address.ts";
import { withTimeout } from "../../async/waiting.ts";
import type { NamedRemote } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import { KEEP_ALIVE_ANSWER_MS } from "../limits.ts";
import type { Platform } from "../platform/platform.ts";
import { dial } from "./dial.ts";
import { outcomeOf, ServerSession } from "./server_session.ts";
import { newToken, randomPeerPort } from "./setup.ts";

/** What a server shows of itself; `unclear` where it gives no answer, or one that every server may. */
export type NamesKnown = "known" | "unknown to the server" | "unclear";

/**
 * Finds out whether a server knows names: it is asked for a host that does not exist. Who knows names
 * finds none. Who does not misses the address of the host in the request.
 *
 * @throws the signal's reason once it is aborted
 */
export async function findNamesKnown(
  platform: Platform,
  server: Endpoint,
  signal: AbortSignal,
): Promise<NamesKnown> {
  try {
    const code = await withTimeout(
      platform.clock,
      KEEP_ALIVE_ANSWER_MS,
      signal,
      (signal) => askForNobody(platform, server, signal),
    );
    if (code === "host_not_found") return "known";
    return code === "bad_request" ? "unknown to the server" : "unclear";
  } catch {
    signal.throwIfAborted();
    return "unclear";
  }
}

async function askForNobody(
  platform: Platform,
  server: Endpoint,
  signal: AbortSignal,
): Promise<PeerError["code"] | undefined> {
  const { stream } = await dial(platform, [server], signal);
  const session = new ServerSession(stream);
  const close = () => session.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    const { secrets } = platform;
    await session.request({
      connectionType: "Client",
      localPeerPort: randomPeerPort(secrets),
      remote: { name: newToken(secrets) },
      extension: { token: newToken(secrets), localEndpoints: [] },
    });
    const outcome = outcomeOf(await session.receive());
    return outcome instanceof PeerError ? outcome.code : undefined;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** A server without names, where a code was to be used: asking again changes nothing. */
export function withoutNames(server: Endpoint): PeerError {
  return new PeerError(
    "bad_request",
    `Cannot use a code at ${
      formatEndpoint(server)
    }: expected a server that knows codes, received ` +
      "the refusal of an older one; have it updated, or meet by address and PeerPort there",
  );
}

/** A server says nothing to a host by a name, where one that knows names answers. */
export class UnansweredNameError extends PeerError {
  /** @param server which was asked */
  constructor(server: Endpoint) {
    super(
      "server_unreachable",
      `Cannot tell whether ${formatEndpoint(server)} knows codes: expected an answer within ` +
        `${KEEP_ALIVE_ANSWER_MS / 1000} s, received none; it may be an older server (have it ` +
        "updated, or meet by address and PeerPort there) or no rendezvous server",
    );
  }
}

/** What a refusal means to who has a code. */
export function explainRefusal(error: PeerError, name: string): PeerError {
  switch (error.code) {
    case "host_not_found":
      // It is there, but the server hears no UDP of it: no question of codes.
      if (/\bdatagram\b/.test(error.message)) break;
      return new PeerError(
        "host_not_found",
        "nobody hosts this code now: is the other side running, and on the same server?",
      );
    case "busy":
      if (!/\bToken\b/.test(error.message)) break;
      return new PeerError(
        "busy",
        "another program uses this code or PeerPort: end it, give both the same Token, or choose " +
          "another code",
      );
    case "replaced":
      return new PeerError(
        "replaced",
        "another program with the same Token took over this code",
      );
  }
  return error.message.includes(name)
    ? new PeerError(error.code, error.message.replaceAll(name, "this code"))
    : error;
}

/** Whether a remote peer is named. */
export function isNamed<Other extends object>(
  remote: Other | NamedRemote | string,
): remote is NamedRemote {
  return typeof remote === "object" && "name" in remote;
}
