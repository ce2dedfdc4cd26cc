/**
 * Programs that grab each other's names: few names, Tokens and PeerPorts for all of them, each at an
 * address of its own, so that all that can happen between two sessions of one name happens.
 *
 * @module
 */

import { type Endpoint, familyOf } from "../../src/address.ts";
import { encodeRegistration, encodeRequest } from "../../src/protocol/encode.ts";
import type { Extension, PeerPort, Request } from "../../src/protocol/message.ts";
import type { Machine } from "./machine.ts";
import type { Prng } from "../simulated/prng.ts";
import type { TcpEnd } from "../simulated/tcp.ts";
import type { VirtualClock } from "../simulated/virtual_clock.ts";

/** What a name grabber can reach. */
export interface GrabberSurroundings {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly server: { readonly IPv4: Endpoint; readonly IPv6: Endpoint };
  /** Where they all grab from, once they do. */
  readonly machines: readonly Machine[];
}

const NAMES = ["grabbed", "Grabbed"];
const TOKENS = ["t", "T"];
const PEER_PORTS: readonly PeerPort[] = [-7n, -8n];
/** The longest takes 3 KB in a response, so that the queue of a host that does not read is full. */
const LONGEST = "\x01".repeat(512);
const NOTES = [undefined, "", LONGEST, LONGEST];
/** A host that is taken over all the time has no clients. */
const MODES = ["Server", "Client", "Client", "Client", "Client", "Peer"] as const;
const MAX_CONNECTIONS = 12;

/** Grabs from one machine until it is told to stop. */
export class NameGrabber {
  readonly #machine: Machine;
  readonly #surroundings: GrabberSurroundings;
  readonly #pauseMs: number;
  readonly #ends = new Map<TcpEnd, Request>();
  #cancelNext: (() => void) | undefined;
  #state: "grabs" | "stopped" = "grabs";

  /** @param pauseMs between two acts, on average */
  constructor(machine: Machine, surroundings: GrabberSurroundings, pauseMs: number) {
    this.#machine = machine;
    this.#surroundings = surroundings;
    this.#pauseMs = pauseMs;
  }

  /** Begins. */
  start(): void {
    const { clock, prng } = this.#surroundings;
    this.#cancelNext = clock.schedule(this.#pauseMs * prng.between(0, 2), () => {
      this.#act();
      this.start();
    });
  }

  /** Leaves. */
  stop(): void {
    this.#cancelNext?.();
    this.#state = "stopped";
    for (const end of this.#ends.keys()) end.close();
  }

  #act(): void {
    const { prng } = this.#surroundings;
    const end = this.#ends.size === 0 ? undefined : prng.pick([...this.#ends.keys()]);
    const act = prng.fraction();
    if (end === undefined || act < 0.5) this.#ask();
    else if (act < 0.75) this.#register();
    else if (act < 0.8) this.#say(end, this.#another(this.#ends.get(end) as Request));
    else if (act < 0.95) end.resumeReading();
    else this.#leave(end);
    if (this.#ends.size > MAX_CONNECTIONS) this.#leave(prng.pick([...this.#ends.keys()]));
  }

  #ask(): void {
    const end = this.#machine.connect(this.#server.address, () => {
      if (this.#state === "stopped") return end.close();
      const request = this.#request();
      this.#ends.set(end, request);
      this.#say(end, request);
      if (request.connectionType === "Server" && this.#surroundings.prng.chance(0.5)) {
        end.stopReading();
      }
    }, () => {});
    const gone = () => this.#ends.delete(end);
    end.events = { received: () => {}, finished: gone, lost: gone };
  }

  #say(end: TcpEnd, request: Request): void {
    if (!end.isGone) end.write(encodeRequest(request), request);
  }

  #leave(end: TcpEnd): void {
    this.#ends.delete(end);
    if (this.#surroundings.prng.chance(0.7)) end.close();
    else end.reset();
  }

  #register(): void {
    const { prng } = this.#surroundings;
    const registration = { peerPort: prng.pick(PEER_PORTS), token: prng.pick(TOKENS) };
    const socket = this.#machine.openUdp();
    socket.send(encodeRegistration(registration), this.#server, registration);
    socket.close();
  }

  /** The same once more, perhaps with another Note or name; or something else. */
  #another(request: Request): Request {
    const { prng } = this.#surroundings;
    if (request.connectionType !== "Server" || request.extension === undefined) {
      return this.#request();
    }
    const change = prng.pick([{}, { note: prng.pick(["", LONGEST]) }, {
      localName: prng.pick(NAMES),
    }]);
    return { ...request, extension: { ...request.extension, ...change } };
  }

  get #server(): Endpoint {
    return this.#surroundings.server[familyOf(this.#machine.address)];
  }

  #request(): Request {
    const { prng, machines } = this.#surroundings;
    const connectionType = prng.pick(MODES);
    const localPeerPort = prng.pick(PEER_PORTS);
    const note = prng.pick(NOTES);
    const extension: Extension = {
      token: prng.pick(TOKENS),
      localEndpoints: [],
      ...(note !== undefined && { note }),
    };
    const localName = prng.pick(NAMES);
    const named = { ...extension, localName };
    if (connectionType === "Server") {
      return { connectionType, localPeerPort, extension: prng.chance(0.8) ? named : extension };
    }
    const remote = connectionType === "Client" && prng.chance(0.4)
      ? { address: prng.pick(machines).publicAddress("tcp"), peerPort: prng.pick(PEER_PORTS) }
      : { name: prng.pick(NAMES) };
    return {
      connectionType,
      localPeerPort,
      remote,
      extension: connectionType === "Peer" ? named : extension,
    };
  }
}
