import { assertEquals } from "@std/assert";
import type { Address, Endpoint } from "../../src/address.ts";
import { until } from "../support/deadline.ts";
import { datagram, introduction, peerRequest } from "../support/messages.ts";
import { HAS_WHOLE_LOOPBACK, needs } from "../support/needs.ts";
import type { RawClient, RawSocket } from "../support/raw_client.ts";
import { TestServer } from "../support/test_server.ts";
import { OFF } from "../support/settings.ts";

const SERVER_IP = "127.0.0.1";
const MAX_LEASES = 2_000;
const MAX_SESSIONS = 300;
const SESSIONS_PER_NETWORK = 50;
const NETWORKS = 20;
const LEASES_PER_NETWORK = 50;
const WAITING_PER_NETWORK = 10;
/** So many datagrams fit into the smallest usual receive buffer. */
const BATCH = 50;

Deno.test({
  name: "a flood from one network costs nobody a lease in use or a session",
  ...needs(HAS_WHOLE_LOOPBACK, "addresses of its own in 127.0.0.0/8"),
  fn: async () => {
    await using test = new TestServer({
      clock: "virtual",
      settings: {
        maxLeases: MAX_LEASES,
        maxSessions: MAX_SESSIONS,
        datagramsPerSecond: OFF,
        leasesPerPrefix: OFF,
        sessionsPerPrefix: { address: 0, network: SESSIONS_PER_NETWORK },
      },
    });
    const { counters } = test.server;
    const others = Array.from({ length: NETWORKS }, (_, i) => test.socket(`127.1.${i}.1`));
    for (const other of others) await registerMany(test, other, LEASES_PER_NETWORK);
    const waiting = await waitForNeighbours(test, others);
    assertEquals([test.server.leaseCount, test.server.sessionCount], [1_000, 200]);

    const flooders = Array.from({ length: 20 }, (_, i) => test.socket(`127.0.7.${i + 1}`));
    for (const flooder of flooders) await registerMany(test, flooder, 250);
    await Promise.all(flooders.flatMap(({ endpoint }) => connectMany(test, endpoint.address, 10)));
    await test.counted("sessions_per_network", 150);
    assertEquals(counters.limits.get("max_leases"), 4_000);
    assertEquals(test.server.leaseCount, MAX_LEASES);

    const { created, renewed } = counters.datagrams;
    for (const other of others) await registerMany(test, other, LEASES_PER_NETWORK);
    const inUse = counters.datagrams.renewed - renewed;
    assertEquals(inUse, NETWORKS * WAITING_PER_NETWORK, "each lease in use was still there");
    assertEquals(counters.datagrams.created, created + 1_000 - inUse);
    await askNeighbours(test, others, waiting);
    assertEquals(counters.introductions, 200);
  },
});

/** Registers many PeerPorts from one socket. */
async function registerMany(
  test: TestServer,
  socket: RawSocket,
  count: number,
): Promise<void> {
  for (let first = 0; first < count; first += BATCH) {
    const end = Math.min(first + BATCH, count);
    const expected = test.datagrams + end - first;
    for (let peerPort = first; peerPort < end; peerPort++) {
      await socket.send(test.at(), datagram(peerPort));
    }
    await until(() => test.datagrams >= expected, "all datagrams of a batch");
  }
}

function connectMany(test: TestServer, from: Address, count: number): Promise<RawClient>[] {
  return Array.from({ length: count }, () => test.connect(SERVER_IP, from));
}

/** Peers 0 to 9 of each network wait for peers 20 to 29 of the network beside it. */
async function waitForNeighbours(
  test: TestServer,
  networks: readonly RawSocket[],
): Promise<RawClient[]> {
  const waiting: RawClient[] = [];
  for (const [i, { endpoint: { address } }] of networks.entries()) {
    const remote = networks[i ^ 1].endpoint.address;
    for (let peer = 0; peer < WAITING_PER_NETWORK; peer++) {
      waiting.push(await test.ask(peerRequest(peer, remote, peer + 20), SERVER_IP, address));
    }
  }
  return waiting;
}

/** Those that are waited for ask, and everyone is introduced. */
async function askNeighbours(
  test: TestServer,
  networks: readonly RawSocket[],
  waiting: readonly RawClient[],
): Promise<void> {
  for (const [i, client] of waiting.entries()) {
    const network = Math.floor(i / WAITING_PER_NETWORK);
    const peer = i % WAITING_PER_NETWORK;
    const own: Endpoint = networks[network].endpoint;
    const remote: Endpoint = networks[network ^ 1].endpoint;
    const request = peerRequest(peer + 20, own.address, peer);
    const asking = await test.ask(request, SERVER_IP, remote.address);
    assertEquals(await client.readToEnd(), introduction(own, remote));
    assertEquals(await asking.readToEnd(), introduction(remote, own));
  }
}
