/**
 * A rig with a live host, and the names that scripts about hosts and their clients share.
 *
 * @module
 */

import { client, Rig, type ScriptedPeer, server } from "./rig.ts";

/** Address of the host, whose PeerPort is 1. */
export const HOST = "198.51.100.1";
/** Address of a client. */
export const A = "192.0.2.1";
/** Address of another client. */
export const B = "192.0.2.2";

/** PeerPort 5 joins the host. */
export const TO_HOST = client(5, `${HOST}/1`);
/** What a client is told when the host is not live. */
export const NOT_FOUND = `host_not_found: no host ${HOST}/1 is connected and registered`;
/** What a client is told when the host is connected but has no lease. */
export const NOT_HEARD_FROM =
  `host_not_found: the host ${HOST}/1 is connected, but no datagram from it has arrived`;
/** What the host is told in the end. */
export const HOST_TIMEOUT = `lease_timeout: nothing renewed the lease of ${HOST}/1 for 90 s`;

/** A live host, registered from port 9000 at 0. */
export function rigWithHost(): [Rig, ScriptedPeer] {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  const host = rig.ask(HOST, server(1));
  host.told();
  return [rig, host];
}
