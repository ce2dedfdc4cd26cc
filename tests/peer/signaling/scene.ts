/**
 * A standing request on a simulated machine.
 *
 * @module
 */

import type { PeerEvent } from "../../../src/peer/events.ts";
import { parseRemote } from "../../../src/peer/names.ts";
import { type PeerOptions, setUp } from "../../../src/peer/options.ts";
import { findRoutes, serverEndpoints } from "../../../src/peer/signaling/routes.ts";
import type { Mode } from "../../../src/protocol/message.ts";
import { StandingRequest } from "../../../src/peer/signaling/standing_request.ts";
import type { Machine } from "../../simulated/peer_platform.ts";

/** A request and what it told. */
export interface Standing {
  readonly request: StandingRequest;
  readonly events: PeerEvent[];
  /** The codes for which it asked again. */
  readonly retries: () => string[];
}

/** Has `platform` ask `server.test` for `remote`, patiently. */
export function stand(
  platform: Machine,
  mode: Mode,
  remote = "/1",
  options: Partial<PeerOptions> = {},
): Standing {
  const events: PeerEvent[] = [];
  const setup = setUp({
    server: "server.test",
    localPeerPort: mode === "Server" ? 1 : 2,
    platform,
    onEvent: (event) => void events.push(event),
    ...options,
  }, "peer");
  const request = new StandingRequest(setup, {
    mode,
    routes: async (signal) =>
      mode === "Server"
        ? (await serverEndpoints(setup, signal)).map((server) => ({ server, remote: "anybody" }))
        : await findRoutes(setup, parseRemote(remote)!, signal),
  });
  const retries = () => events.flatMap((event) => event.kind === "retry" ? [event.error.code] : []);
  return { request, events, retries };
}
