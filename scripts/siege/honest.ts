/**
 * Honest peers during a siege: pairs that meet, hosts that stay, clients that join them. They do
 * what the protocol asks of a peer and try nothing twice, so that each refusal is seen.
 *
 * @module
 */

import type { Address, Endpoint } from "../../src/address.ts";
import { delay, until } from "../../tests/support/deadline.ts";
import {
  clientRequest,
  datagram,
  peerRequest,
  serverRequest,
} from "../../tests/support/messages.ts";
import { RawClient, RawSocket } from "../../tests/support/raw_client.ts";
import { honestAddress, HOST_PEER_PORT, isAttackers } from "./addresses.ts";
import { outcomesIn, Tally, Waits } from "./tally.ts";

const HOSTS = 20;
/** One pair and one client begin each time. */
const PACE_MS = 100;
/** As the peers' library does until it is answered. */
const REGISTRATION_RETRY_MS = 250;
/** Often, because a siege is short. */
const HOST_REFRESH_MS = 2_000;
const HOST_RETURN_MS = 500;
/** Who is not answered by then gives up. */
const PATIENCE_MS = 15_000;
const FIRST_PEER_PORT = 1_000;

/** One that asks: where it is, and what it says. */
interface Asking {
  readonly address: Address;
  readonly peerPort: number;
  readonly request: string;
}

/** All honest peers of one server. */
export class HonestPeers implements AsyncDisposable {
  readonly pairs = new Waits();
  readonly clients = new Waits();
  /** Why hosts lost their session, by code. */
  readonly hostEnds = new Tally();
  /** Introductions that hosts were told of, to clients of the attackers. */
  heardOfAttackers = 0;
  readonly #server: Endpoint;
  readonly #shared: Address | undefined;
  readonly #ending = new AbortController();
  readonly #hosts: Promise<void>[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #nextPeerPort = FIRST_PEER_PORT;

  /** @param shared an attacker's address, which one peer of each pair has as well */
  constructor(server: Endpoint, shared?: Address) {
    this.#server = server;
    this.#shared = shared;
  }

  /** The hosts come; returns when each can be joined. */
  async settle(): Promise<void> {
    for (let i = 0; i < HOSTS; i++) this.#hosts.push(this.#host(honestAddress("host", i)));
    for (let i = 0; i < HOSTS; i++) {
      await until(async () => await this.#ask(this.#client(i)) === "", "a host that can be joined");
    }
  }

  /** Pairs and clients come, one each at a steady pace; returns when all have their answer. */
  async come(durationMs: number): Promise<void> {
    const startMs = performance.now();
    for (let i = 0; i * PACE_MS < durationMs; i++) {
      await delay(Math.max(0, startMs + i * PACE_MS - performance.now()));
      this.#begin(this.pairs, this.#pair(i));
      this.#begin(this.clients, [this.#client(i)]);
    }
    await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#hosts, ...this.#underWay]);
  }

  #pair(i: number): Asking[] {
    const [a, b] = [this.#nextPeerPort++, this.#nextPeerPort++];
    const first = this.#shared ?? honestAddress("first", i);
    const second = honestAddress("second", i);
    return [
      { address: first, peerPort: a, request: peerRequest(a, second, b) },
      { address: second, peerPort: b, request: peerRequest(b, first, a) },
    ];
  }

  #client(i: number): Asking {
    const peerPort = this.#nextPeerPort++;
    const request = clientRequest(peerPort, honestAddress("host", i % HOSTS), HOST_PEER_PORT);
    return { address: honestAddress("client", i), peerPort, request };
  }

  /** The wait of those who ask together is that of the last of them. */
  #begin(waits: Waits, askings: readonly Asking[]): void {
    const startMs = performance.now();
    const one = Promise.all(askings.map((asking) => this.#ask(asking))).then((outcomes) => {
      waits.add(outcomes.find((outcome) => outcome !== "") ?? "", performance.now() - startMs);
      this.#underWay.delete(one);
    });
    this.#underWay.add(one);
  }

  /** @returns the code of the answer, or what came instead of one */
  async #ask({ address, peerPort, request }: Asking): Promise<string> {
    const socket = new RawSocket(address);
    const registering = setInterval(
      () => socket.send(this.#server, datagram(peerPort)),
      REGISTRATION_RETRY_MS,
    );
    let client: RawClient | undefined;
    const answer = async () => {
      await socket.send(this.#server, datagram(peerPort));
      client = await RawClient.connect(this.#server, address);
      await client.send(request);
      return outcomesIn(await client.readLine())[0] ?? "ended without a word";
    };
    const outcome = await this.#inTime(answer());
    clearInterval(registering);
    client?.close();
    await socket.close();
    return outcome;
  }

  async #inTime(answer: Promise<string>): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("unanswered"), PATIENCE_MS);
      this.#ending.signal.addEventListener("abort", () => resolve("unanswered"));
    });
    try {
      return await Promise.race([late, answer.catch(() => "reset")]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A host is there, and comes again when it is thrown out. */
  async #host(address: Address): Promise<void> {
    const { signal } = this.#ending;
    const socket = new RawSocket(address);
    const register = () => socket.send(this.#server, datagram(HOST_PEER_PORT));
    const refreshing = setInterval(register, HOST_REFRESH_MS);
    while (!signal.aborted) {
      await register();
      const end = await this.#beHost(address).catch(() => "reset");
      if (signal.aborted) break;
      this.hostEnds.add(end);
      await delay(HOST_RETURN_MS);
    }
    clearInterval(refreshing);
    await socket.close();
  }

  /** @returns why the session ended */
  async #beHost(address: Address): Promise<string> {
    using client = await RawClient.connect(this.#server, address);
    this.#ending.signal.addEventListener("abort", () => client.close());
    await client.send(serverRequest(HOST_PEER_PORT));
    for (;;) {
      const line = await client.readLine();
      const code = outcomesIn(line)[0] ?? "ended without a word";
      if (code !== "") return code;
      const { DestIP } = JSON.parse(line);
      if (isAttackers(DestIP)) this.heardOfAttackers++;
    }
  }
}
