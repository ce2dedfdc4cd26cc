/**
 * Hosts that never read what they are told.
 *
 * @module
 */

import { clientRequest, datagram, serverRequest } from "../../tests/support/messages.ts";
import { attackerAddress } from "./addresses.ts";
import type { Raid, Stage } from "./raid.ts";
import { Churn } from "./storm.ts";

/** Such hosts, and clients that join them in turn. */
export class MuteHosts implements Raid {
  readonly isReady = true;
  readonly #clients: Churn;

  constructor(stage: Stage, hosts: number, clientsPerSecond: number) {
    const address = attackerAddress(0);
    for (let i = 0; i < hosts; i++) {
      stage.datagrams.send(datagram(i), address);
      stage.crowd.add({
        from: address,
        opening: serverRequest(i),
        reads: "never",
      });
    }
    this.#clients = new Churn(stage, {
      perSecond: clientsPerSecond,
      atOnce: clientsPerSecond,
      address: attackerAddress(1),
      registers: true,
      request: (peerPort) => clientRequest(peerPort, address, peerPort % hosts),
    });
  }

  step(nowMs: number): void {
    this.#clients.step(nowMs);
  }

  get status(): string {
    return `clients: ${this.#clients.status}`;
  }
}
