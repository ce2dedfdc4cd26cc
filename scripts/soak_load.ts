/**
 * The load of a soak: hosts that stay, clients that come, pairs that meet, registrations that nobody
 * asks for, garbage, and connections that are cut.
 *
 * @module
 */

import { errorText } from "../src/error_text.ts";
import { systemPlatform } from "../src/peer/platform/node_platform.ts";
import { host, introduce, PeerError } from "../src/peer/mod.ts";
import { encodeRegistration } from "../src/protocol/encode.ts";
import type { ChildServer } from "../tests/support/child_server.ts";

/** Hosts that stay all the time. */
const HOSTS = 200;
/** Pauses between two events of one kind: a busy small server, far from its limits. */
const PAIR_PAUSE_MS = 40;
const CLIENT_PAUSE_MS = 20;
const STRAY_PAUSE_MS = 5;
const CUT_PAUSE_MS = 50;
/** Stray registrations repeat these PeerPorts, so that leases level off. */
const STRAY_PEER_PORTS = 50_000;
const MAX_GARBAGE_BYTES = 600;

/** First PeerPort of those who come and go; hosts have the numbers below. */
const FIRST_VISITOR = 1_000_000;

/** Everything that peers and others do to the server. */
export class Load {
  readonly errors = new Map<string, number>();
  #latenciesMs: number[] = [];
  #introductions = 0;
  #nextPeerPort = FIRST_VISITOR;
  readonly #server: ChildServer;
  readonly #hosts: { readonly peerPort: number; ending: AbortController }[] = [];
  readonly #ending = new AbortController();
  readonly #work: Promise<void>[];

  constructor(server: ChildServer) {
    this.#server = server;
    for (let i = 1; i <= HOSTS; i++) {
      this.#hosts.push({ peerPort: i, ending: new AbortController() });
    }
    const stray = systemPlatform.network.openUdp("IPv4");
    this.#work = [
      this.#repeat(PAIR_PAUSE_MS, () => this.#pair()),
      this.#repeat(CLIENT_PAUSE_MS, () => this.#client()),
      this.#repeat(STRAY_PAUSE_MS, () => this.#stray(stray)),
      this.#repeat(CUT_PAUSE_MS, () => this.#cut()),
    ];
    this.#ending.signal.addEventListener("abort", () => stray.close());
  }

  /** Hosts come up before anything else is expected of them. */
  async startHosts(): Promise<void> {
    await Promise.all(this.#hosts.map((entry) => this.#startHost(entry)));
  }

  /** Ends a few hosts and starts them again, as new peers with the same PeerPort. */
  async restartHosts(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const entry = this.#hosts[Math.floor(Math.random() * this.#hosts.length)];
      entry.ending.abort();
      entry.ending = new AbortController();
      await this.#startHost(entry);
    }
  }

  /** Introductions and latencies since the last call. */
  take(): { introductions: number; latenciesMs: number[] } {
    const taken = { introductions: this.#introductions, latenciesMs: this.#latenciesMs };
    this.#introductions = 0;
    this.#latenciesMs = [];
    return taken;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#work);
    for (const { ending } of this.#hosts) ending.abort();
  }

  async #startHost({ peerPort, ending }: { peerPort: number; ending: AbortController }) {
    const server = this.#server.address;
    await this.#noting(() => host({ server, localPeerPort: peerPort, signal: ending.signal }));
  }

  /** Starts `once` at a steady pace; several may be under way. */
  async #repeat(pauseMs: number, once: () => Promise<void>): Promise<void> {
    const underWay = new Set<Promise<void>>();
    while (!this.#ending.signal.aborted) {
      const one = this.#noting(once).then(() => void underWay.delete(one));
      underWay.add(one);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await Promise.all(underWay);
  }

  async #noting(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      // A client may meet a host that is just restarting.
      if (error instanceof PeerError && error.code === "host_not_found") return;
      const message = errorText(error);
      this.errors.set(message, (this.errors.get(message) ?? 0) + 1);
    }
  }

  async #pair(): Promise<void> {
    const [a, b] = [this.#nextPeerPort++, this.#nextPeerPort++];
    await Promise.all([this.#introduce(a, b, "connect"), this.#introduce(b, a, "connect")]);
    this.#introductions++;
  }

  async #client(): Promise<void> {
    const { peerPort } = this.#hosts[Math.floor(Math.random() * this.#hosts.length)];
    await this.#introduce(this.#nextPeerPort++, peerPort, "join");
    this.#introductions++;
  }

  async #introduce(localPeerPort: number, remotePeerPort: number, mode: "join" | "connect") {
    const startMs = performance.now();
    const remote = `127.0.0.1/${remotePeerPort}`;
    const server = this.#server.address;
    const { socket } = await introduce({ server, localPeerPort, remote, mode });
    this.#latenciesMs.push(performance.now() - startMs);
    socket.close();
  }

  /** A registration that nobody asks for, and garbage. */
  async #stray(socket: ReturnType<typeof systemPlatform.network.openUdp>): Promise<void> {
    const to = this.#server.endpoint;
    const peerPort = BigInt(-1 - Math.floor(Math.random() * STRAY_PEER_PORTS));
    await socket.send(encodeRegistration({ peerPort, token: undefined }), to);
    const garbage = new Uint8Array(Math.floor(Math.random() * MAX_GARBAGE_BYTES));
    await socket.send(crypto.getRandomValues(garbage), to);
  }

  /** A connection that ends within a request, or right after garbage. */
  async #cut(): Promise<void> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.#server.endpoint.port });
    const text = Math.random() < 0.5 ? '{"RemoteIP": "127.0.0.1", "Remo' : "GET / HTTP/1.1\r\n\r\n";
    await conn.write(new TextEncoder().encode(text));
    conn.close();
  }
}
