/**
 * A host asks for itself: another socket of this machine joins it, to learn how the server sees it.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import type { Introduction, NamedRemote, RemotePeer } from "../../protocol/message.ts";
import { PeerError } from "../errors.ts";
import type { PeerEvent } from "../events.ts";
import { newToken, randomPeerPort, type Setup } from "./setup.ts";
import { StandingRequest } from "./standing_request.ts";

/**
 * Asks for a host that is to be this one.
 *
 * @param onSocket told of the port of the socket before it asks
 * @returns what the server said, or `undefined` when it did not introduce them
 * @throws the signal's reason once it is aborted
 */
export async function introduceMirror(
  setup: Setup,
  server: Endpoint,
  remote: RemotePeer | NamedRemote,
  onSocket: (port: number) => void,
): Promise<Introduction | undefined> {
  const { secrets } = setup.platform;
  const onEvent = (event: PeerEvent) => {
    if (event.kind === "asked") onSocket(event.local.port);
  };
  const request = new StandingRequest(
    {
      ...setup,
      localPeerPort: randomPeerPort(secrets),
      token: newToken(secrets),
      note: undefined,
      networks: "one",
      wait: "off",
      // By them the host knows its mirror.
      localEndpoints: "on",
      onEvent,
    },
    {
      mode: "Client",
      routes: () => Promise.resolve([{ server, remote }]),
    },
  );
  try {
    const { value } = await request[Symbol.asyncIterator]().next();
    value?.socket.close();
    return value?.introduction;
  } catch (error) {
    if (error instanceof PeerError) return undefined;
    throw error;
  } finally {
    request.close();
  }
}
