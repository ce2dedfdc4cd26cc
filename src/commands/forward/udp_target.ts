/**
 * The service that `-forward` names: where it is now, and whether it answers.
 *
 * @module
 */

import { type Address, type Endpoint, formatEndpoint, isLoopback } from "../../address.ts";
import type { Platform } from "../../peer/mod.ts";
import { formatHostPort, type HostPort, resolveHost } from "../../peer/names.ts";
import { SERVICE_ABSENT_MS, SERVICE_SILENT_MS } from "../limits.ts";
import type { Say } from "../status.ts";

/**
 * An address of the service: the first at which it may be, found anew when nothing comes back. UDP
 * itself does not say that nobody listens; at an address of this machine a free port does.
 */
export class UdpTarget {
  readonly #platform: Platform;
  readonly #name: HostPort;
  readonly #say: Say;
  #addresses: readonly Address[] = [];
  #current: Endpoint | undefined;
  /** Addresses that were tried since the last answer, and gave none. */
  readonly #silent = new Set<Address>();
  #sentUnansweredMs: number | undefined;
  #hasAnswered = false;
  /** Whether the name had no address, or none at which somebody may listen. */
  #isAbsent = false;
  #isSaidDead = false;
  #isSaidMissing = false;
  #finding: Promise<void> | undefined;
  #foundMs = -Infinity;

  constructor(platform: Platform, name: HostPort, say: Say) {
    this.#platform = platform;
    this.#name = name;
    this.#say = say;
  }

  /** Where datagrams go now; `undefined` while the name has no address. */
  get endpoint(): Endpoint | undefined {
    return this.#current;
  }

  /** Looks the name up. */
  find(): Promise<void> {
    return this.#finding ??= this.#find().finally(() => this.#finding = undefined);
  }

  /** Whether answers that come from `address` come from the service. */
  isService(address: Address): boolean {
    if (this.#addresses.includes(address)) return true;
    return isLoopback(address) && this.#addresses.some(isLoopback);
  }

  /** A datagram goes to the service, or would if it had an address. */
  sending(): void {
    const nowMs = this.#platform.clock.nowMs();
    if (this.#isAbsent && nowMs >= this.#foundMs + SERVICE_ABSENT_MS) this.find();
    if (this.#current === undefined) return;
    this.#sentUnansweredMs ??= nowMs;
    const isSilent = nowMs >= this.#sentUnansweredMs + SERVICE_SILENT_MS;
    if (isSilent && nowMs >= this.#foundMs + SERVICE_SILENT_MS) this.#giveUp(this.#current);
  }

  /** The service answered. */
  answered(): void {
    this.#sentUnansweredMs = undefined;
    this.#hasAnswered = true;
    this.#silent.clear();
    if (!this.#isSaidDead) return;
    this.#isSaidDead = false;
    const text = `${this.#text(this.#current)} answers`;
    this.#say({ level: "info", kind: "target_answers", text });
  }

  async #find(): Promise<void> {
    const { network, clock } = this.#platform;
    this.#addresses = await resolveHost(network, this.#name.host);
    this.#foundMs = clock.nowMs();
    const endpoints = this.#addresses.map((address) => ({ address, port: this.#name.port }));
    const listening = endpoints.filter((endpoint) => !this.#isFree(endpoint));
    const left = listening.filter(({ address }) => !this.#silent.has(address));
    if (left.length === 0) this.#silent.clear();
    const best = left[0] ?? listening[0] ?? endpoints[0];
    this.#isAbsent = listening.length === 0;
    this.#moveTo(best);
    if (best === undefined) this.#sayMissing();
    else if (this.#isAbsent) this.#sayDead("nothing listens there; start the service");
  }

  /** Nothing came back for a while. */
  #giveUp({ address }: Endpoint): void {
    const seconds = SERVICE_SILENT_MS / 1000;
    this.#sayDead(
      `nothing came back for ${seconds} s; is the service running there, and open to this machine?`,
    );
    if (!this.#hasAnswered) this.#silent.add(address);
    this.find();
  }

  #moveTo(endpoint: Endpoint | undefined): void {
    const old = this.#current;
    const isSame = old?.address === endpoint?.address;
    // One that answered once may just have nothing to say.
    if (isSame || old !== undefined && this.#hasAnswered && this.#names(old)) return;
    this.#current = endpoint;
    this.#sentUnansweredMs = undefined;
    this.#hasAnswered = false;
    if (old === undefined || endpoint === undefined) return;
    const text = `-forward goes to ${this.#text(endpoint)} now`;
    this.#say({ level: "info", kind: "target_moved", text });
  }

  /** Whether the name still has this address, and nothing shows that nobody is there. */
  #names(endpoint: Endpoint): boolean {
    return this.#addresses.includes(endpoint.address) && !this.#isFree(endpoint);
  }

  /** Whether this is a port of this machine at which nobody listens: then it can be bound. */
  #isFree(endpoint: Endpoint): boolean {
    try {
      this.#platform.network.openUdp(endpoint).close();
      return true;
    } catch {
      return false;
    }
  }

  #sayMissing(): void {
    if (this.#isSaidMissing) return;
    this.#isSaidMissing = true;
    const text = `Cannot find -forward=${formatHostPort(this.#name)}: expected a name with an ` +
      "address; it is looked up again when there is something to carry";
    this.#say({ level: "warning", kind: "target_missing", text });
  }

  #sayDead(why: string): void {
    if (this.#isSaidDead) return;
    this.#isSaidDead = true;
    const text = `-forward leads nowhere: ${this.#text(this.#current)}: ${why} (said once)`;
    this.#say({ level: "warning", kind: "target_dead", text });
  }

  #text(endpoint: Endpoint | undefined): string {
    const name = formatHostPort(this.#name);
    const found = endpoint === undefined ? name : formatEndpoint(endpoint);
    return found === name ? name : `${name} at ${found}`;
  }
}
