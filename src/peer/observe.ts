/**
 * How the server sees this machine: it introduces two sockets of it to each other.
 *
 * @module
 */

import { type Address, type Endpoint, type Family, familyOf } from "../address.ts";
import { sleep } from "../async/waiting.ts";
import { PeerError } from "./errors.ts";
import { FAMILY_GRACE_MS } from "./limits.ts";
import { type PeerOptions, setUp } from "./options.ts";
import { withPair } from "./probe_pair.ts";
import { serverEndpoints } from "./signaling/routes.ts";

/** Where it is asked. */
export interface ObserveOptions extends Pick<PeerOptions, "server" | "signal" | "platform"> {
  /** The IP versions of interest; default: both. */
  readonly families?: readonly Family[];
}

/**
 * The public addresses of this machine, one per IP version in which the server has one and answers:
 * at least one. That there is one proves that the server hears datagrams from here.
 *
 * @throws {PeerError} why there is none, where the server says so or cannot be reached
 * @throws {Error} when neither came within some seconds: it hears none
 * @throws the signal's reason once it is aborted
 */
export async function observe(options: ObserveOptions): Promise<Address[]> {
  const { families = ["IPv4", "IPv6"] } = options;
  const given = setUp(options, "joiner");
  const over = new AbortController();
  const signal = AbortSignal.any([given.signal, over.signal]);
  const setup = { ...given, signal };
  try {
    const endpoints = await serverEndpoints(setup, signal);
    const asked = firstOfEach(families, endpoints);
    if (asked.length === 0) throw withoutFamily(options.server, families);
    const found: Address[] = [];
    const attempts = asked.map((server) =>
      withPair(setup, server, "own", ({ introductions: [{ source }] }) => {
        found.push(source.address);
        return Promise.resolve();
      })
    );
    const all = Promise.allSettled(attempts);
    await Promise.any(attempts).catch(({ errors }: AggregateError) => {
      throw errors.find((error) => !(error instanceof PeerError)) ?? errors[0];
    });
    // A family that is broken here must not delay what the other one has shown.
    await Promise.race([all, sleep(setup.platform.clock, FAMILY_GRACE_MS, signal)]);
    return found;
  } finally {
    over.abort();
  }
}

function withoutFamily(server: string, families: readonly Family[]): PeerError {
  return new PeerError(
    "server_unreachable",
    `Cannot ask ${server} by ${families.join(" or ")}: expected an address of it, found none`,
  );
}

/** One endpoint of each family. */
export function firstOfEach(
  families: readonly Family[],
  endpoints: readonly Endpoint[],
): Endpoint[] {
  return families
    .map((family) => endpoints.find(({ address }) => familyOf(address) === family))
    .filter((endpoint) => endpoint !== undefined);
}
