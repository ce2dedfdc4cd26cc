/**
 * A TCP connection to the first of several endpoints that takes it, tried as RFC 8305 tries them: the
 * next one starts when the one before has failed, or not answered for a quarter of a second.
 *
 * @module
 */

import { type Endpoint, type Family, familyOf, formatEndpoint } from "../../address.ts";
import { sleep, withTimeout } from "../../async/waiting.ts";
import { errorLine } from "../../error_text.ts";
import { PeerError } from "../errors.ts";
import { CONNECT_STAGGER_MS, CONNECT_TIMEOUT_MS } from "../limits.ts";
import type { Platform, TcpStream } from "../platform/platform.ts";

/** A connection, and which of the endpoints it leads to. */
export interface Dialled {
  readonly stream: TcpStream;
  readonly endpoint: Endpoint;
}

/**
 * Connects.
 *
 * @throws {PeerError} `server_unreachable` when no endpoint takes the connection
 * @throws the signal's reason once it is aborted
 */
export async function dial(
  platform: Platform,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<Dialled> {
  signal.throwIfAborted();
  const over = new AbortController();
  const abort = () => over.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const ordered = alternating(endpoints);
  const attempts: Promise<Dialled>[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  for (const endpoint of ordered) {
    const attempt = turn.then(() => connect(platform, endpoint, over.signal));
    turn = nextTurn(platform, turn, attempt, over.signal);
    attempts.push(attempt);
  }
  try {
    const first = await Promise.any(attempts);
    for (const attempt of attempts) {
      attempt.then((late) => late === first || late.stream.close(), () => {});
    }
    return first;
  } catch (error) {
    signal.throwIfAborted();
    const failures = (error as AggregateError).errors
      .map((failure, i) => `${formatEndpoint(ordered[i])}: ${reasonOf(failure)}`);
    const message = `Cannot connect to the server by TCP: ${failures.join("; ")}`;
    throw new PeerError("server_unreachable", message);
  } finally {
    over.abort();
    signal.removeEventListener("abort", abort);
  }
}

/** The families take turns, so that one that is broken delays by one step only (RFC 8305, 4). */
function alternating(endpoints: readonly Endpoint[]): Endpoint[] {
  const of = (family: Family) => endpoints.filter(({ address }) => familyOf(address) === family);
  const [first, second] = familyOf(endpoints[0].address) === "IPv6"
    ? [of("IPv6"), of("IPv4")]
    : [of("IPv4"), of("IPv6")];
  return Array.from({ length: endpoints.length }, (_, i) => [first[i], second[i]]).flat()
    .filter((endpoint) => endpoint !== undefined);
}

function nextTurn(
  { clock }: Platform,
  turn: Promise<unknown>,
  attempt: Promise<unknown>,
  signal: AbortSignal,
): Promise<unknown> {
  const failed = new Promise<void>((resolve) => attempt.catch(() => resolve()));
  const late = turn.then(() => sleep(clock, CONNECT_STAGGER_MS, signal)).catch(() => {});
  return Promise.race([failed, late]);
}

function connect(
  { network, clock }: Platform,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Dialled> {
  return withTimeout(clock, CONNECT_TIMEOUT_MS, signal, async (timeout) => {
    const stream = await network.connectTcp(endpoint, timeout);
    // Whoever waited for it has gone.
    if (timeout.aborted) stream.close();
    return { stream, endpoint };
  });
}

/** One line; systems and runtimes add a code in parentheses that helps nobody. */
function reasonOf(error: unknown): string {
  return errorLine(error).replace(/ \(os error \d+\)$/, "");
}
