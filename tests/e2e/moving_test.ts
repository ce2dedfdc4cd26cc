/**
 * A server drains, and what was at it moves to the next one: peers of this project's own library,
 * over real sockets.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Host, host, join, type Platform, systemPlatform } from "../../src/peer/mod.ts";
import { Server } from "../../src/server/server.ts";
import { delay, until, within } from "../support/deadline.ts";
import { HAS_WHOLE_LOOPBACK, needs } from "../support/needs.ts";
import { DEFAULT_SETTINGS, OFF } from "../support/settings.ts";
import { MemoryLog } from "../support/test_server.ts";

const HOSTS = 1_000;
const HOSTS_AT_ONCE = 50;
const DRAIN_MS = 3_000;
/** Clients that join one host each while the hosts move. */
const CLIENTS = 30;
/** How long a client that met an error may try again. */
const CURE_MS = 5_000;
const RETRY_PAUSE_MS = 250;
/** As many hosts at most come to the next server within one second. */
const MOST_A_SECOND = HOSTS * 0.6;
/** The whole of it takes a fifth of this where the machine has nothing else to do. */
const DEADLINE_MS = 120_000;
const NAME = "rendezvous.example";

function startServer(address: string, port: number): Server {
  const settings = {
    ...DEFAULT_SETTINGS,
    datagramsPerSecond: OFF,
    connectionsPerSecond: OFF,
  };
  return new Server({ host: [address], port, settings, log: new MemoryLog() });
}

/** Sockets of this machine, and a name that a test points to a server. */
class MovingName {
  address = "127.0.0.1";
  readonly platform: Platform = {
    ...systemPlatform,
    network: {
      ...systemPlatform.network,
      resolve: () => Promise.resolve([this.address]),
    },
  };
}

async function startHosts(server: string, platform: Platform): Promise<Host[]> {
  const hosts: Host[] = [];
  while (hosts.length < HOSTS) {
    const first = hosts.length;
    const batch = Array.from(
      { length: HOSTS_AT_ONCE },
      (_, i) => host({ server, localPeerPort: first + i, platform }),
    );
    hosts.push(...await within(Promise.all(batch), "a batch of hosts", DEADLINE_MS));
  }
  for (const each of hosts) void serveClients(each);
  return hosts;
}

async function serveClients(host: Host): Promise<void> {
  for await (const connection of host) void connection.send(new Uint8Array([1]));
}

/** Joins a host, again where it fails. @throws {Error} when trying again does not help in time */
async function joinUntilCured(
  server: string,
  platform: Platform,
  peerPort: number,
): Promise<void> {
  const remote = `127.0.0.1/${peerPort}`;
  let firstErrorMs: number | undefined;
  for (let attempt = 0;; attempt++) {
    try {
      const localPeerPort = 10_000 + peerPort * 100 + attempt;
      await using connection = await join({ server, localPeerPort, remote, platform });
      for await (const _ of connection) return;
    } catch (error) {
      firstErrorMs ??= performance.now();
      const elapsedMs = performance.now() - firstErrorMs;
      if (elapsedMs > CURE_MS) {
        throw new Error(`Cannot join host ${peerPort} for ${elapsedMs} ms`, { cause: error });
      }
      await delay(RETRY_PAUSE_MS);
    }
  }
}

/** The most by which a count rose within a second, as it was seen every 50 ms. */
class Surge {
  readonly #seen: { readonly atMs: number; readonly count: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(count: () => number) {
    this.#timer = setInterval(
      () => this.#seen.push({ atMs: performance.now(), count: count() }),
      50,
    );
  }

  stop(): number {
    clearInterval(this.#timer);
    let most = 0;
    for (const { atMs, count } of this.#seen) {
      const before = this.#seen.findLast((seen) => seen.atMs <= atMs - 1_000);
      if (before !== undefined) most = Math.max(most, count - before.count);
    }
    return most;
  }
}

Deno.test({
  name: "1,000 hosts move to a second server, not all in one second, and their clients find them",
  ...needs(HAS_WHOLE_LOOPBACK, "127.0.0.2"),
  fn: async () => {
    const name = new MovingName();
    const old = startServer("127.0.0.1", 0);
    const { port } = old.endpoints[0];
    const next = startServer("127.0.0.2", port);
    const server = `${NAME}:${port}`;
    const hosts = await startHosts(server, name.platform);
    const live = (server: Server) => server.observed.sessions.hosting;
    await until(() => live(old) === HOSTS, () => `all hosts, not ${live(old)}`, DEADLINE_MS);

    const surge = new Surge(() => live(next));
    name.address = "127.0.0.2";
    old.drain(DRAIN_MS);
    const clients = Array.from({ length: CLIENTS }, async (_, i) => {
      await delay(i * DRAIN_MS / CLIENTS);
      const peerPort = Math.floor(i * HOSTS / CLIENTS);
      return await joinUntilCured(server, name.platform, peerPort);
    });
    await until(() => live(next) === HOSTS, () => `all hosts, not ${live(next)}`, DEADLINE_MS);
    const most = surge.stop();
    await within(Promise.all(clients), "all clients", DEADLINE_MS);
    assert(most <= MOST_A_SECOND, `${most} hosts came within a second`);
    assertEquals(live(old), 0);

    await Promise.all(hosts.map((each) => each.close()));
    await Promise.all([old.stop(), next.stop()]);
  },
});
