/**
 * Which of several ways to ask are left after some have led nowhere.
 *
 * @module
 */

import { familyOf, isSameEndpoint } from "../../address.ts";
import type { RemotePeer } from "../../protocol/message.ts";
import type { PeerError } from "../errors.ts";
import { leadsElsewhere } from "./follow_up.ts";
import type { Route } from "./routes.ts";

/** The ways that were found last, and what became of those that were tried since the last pause. */
export class Detours {
  #found: readonly Route[] = [];
  #failures: { readonly route: Route; readonly error: PeerError }[] = [];

  /** Takes the ways that were found now. @returns those to try, all when all have failed */
  choose(found: readonly Route[]): readonly Route[] {
    this.#found = found;
    const left = this.#left();
    return left.length > 0 ? left : found;
  }

  /** Notes a failure. @returns whether another way may do where this one did not */
  failed(route: Route, error: PeerError): boolean {
    this.#failures.push({ route, error });
    return leadsElsewhere(error) && this.#left().length > 0;
  }

  /** Of what failed since the last pause and `last`, what says most: any word of a server does. */
  mostTelling(last: PeerError): PeerError {
    if (last.code !== "server_unreachable") return last;
    return this.#failures.map(({ error }) => error)
      .find(({ code }) => code !== "server_unreachable") ?? last;
  }

  /** After a pause every way counts again. */
  forget(): void {
    this.#failures = [];
  }

  #left(): readonly Route[] {
    return this.#found.filter((route) =>
      !this.#failures.some((failure) => rulesOut(failure.route, failure.error, route))
    );
  }
}

/** What a failed attempt says of another way. */
function rulesOut({ server, remote }: Route, error: PeerError, way: Route): boolean {
  if (familyOf(server.address) !== familyOf(way.server.address)) return false;
  if (error.code === "server_unreachable") {
    return isSameEndpoint(server, way.server);
  }
  return remote === way.remote || hasAddress(remote) && hasAddress(way.remote) &&
      remote.address === way.remote.address;
}

function hasAddress(remote: Route["remote"]): remote is RemotePeer {
  return typeof remote === "object" && "address" in remote;
}
