import { assertEquals, assertMatch } from "@std/assert";
import type { Endpoint } from "../../src/address.ts";
import { freePort, programWith } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { until } from "../support/deadline.ts";
import { HAS_LIBC } from "../support/libc.ts";
import { LibcSocket } from "../support/libc_socket.ts";
import {
  clientRequest,
  datagram,
  introduction,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { HAS_PROC, needs } from "../support/needs.ts";
import { descriptorLimit, openDescriptors, residentBytes } from "../support/process_stats.ts";
import { connectMany, RawClient, RawSocket } from "../support/raw_client.ts";
import { NO_PREFIX_LIMITS } from "../support/settings.ts";

const IP = "127.0.0.1";
const CROWD = 1_000;
const SILENT = 2_000;
/** With room for half a GB, the engine lets garbage lie and its pages stay resident. */
const WITH_SMALL_HEAP = programWith(
  "--allow-net",
  "--v8-flags=--optimize-for-size,--max-heap-size=40",
);
const WARM_UP_ROUNDS = 2;
/** With 2,500 connections each, 600 bytes kept of each connection would be 10 % more. */
const ROUNDS = 6;
const ENOUGH_DESCRIPTORS = needs(
  HAS_PROC && HAS_LIBC && descriptorLimit() > SILENT + 500,
  "/proc, glibc and 2,500 descriptors",
);

/** Peers on one UDP socket: hosts 1, 2, ... and the client 0 that joins them. */
class Crowd {
  readonly #socket = new RawSocket();
  readonly #server: Endpoint;
  #hosts: RawClient[] = [];

  constructor(server: Endpoint) {
    this.#server = server;
  }

  /** Connects `count` hosts at once, each with its datagram and its request. */
  async host(count: number): Promise<void> {
    this.#hosts = await connectMany(this.#server, count);
    await Promise.all(this.#hosts.map((host, i) => host.send(serverRequest(i + 1))));
  }

  /** Lets a client join each host, and checks what both are told. */
  async isServed(): Promise<void> {
    const { endpoint } = this.#socket;
    for (const [i, host] of this.#hosts.entries()) {
      assertEquals(await this.#join(i + 1), introduction(endpoint, endpoint));
      assertEquals(await host.readLine(), introduction(endpoint, endpoint));
    }
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.close();
    await this.#socket.close();
  }

  /** A burst of datagrams may lose some; peers repeat them until they are answered. */
  async #join(host: number): Promise<string> {
    let answer = "";
    await until(async () => {
      await this.#socket.send(this.#server, datagram(host));
      await this.#socket.send(this.#server, datagram(0));
      using client = await RawClient.connect(this.#server);
      await client.send(clientRequest(0, IP, host));
      answer = await client.readToEnd();
      return !answer.includes("host_not_found");
    }, "the host to be found");
    return answer;
  }
}

Deno.test({
  name: "silence, resets, garbage and dripping leave no descriptor and no memory behind",
  ...ENOUGH_DESCRIPTORS,
  fn: async () => {
    await using server = await ChildServer.start(NO_PREFIX_LIMITS, { program: WITH_SMALL_HEAP });
    const crowd = new Crowd(server.endpoint);
    await crowd.host(50);
    await crowd.isServed();
    const descriptors = openDescriptors(server.pid);
    using dripper = await RawClient.connect(server.endpoint);
    await dripper.send("{");

    const residents: number[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      await misbehave(server.endpoint);
      await until(
        () => openDescriptors(server.pid) <= descriptors + 1,
        () => `${descriptors} descriptors, not ${openDescriptors(server.pid)}`,
      );
      await crowd.isServed();
      residents.push(residentBytes(server.pid));
    }
    // A collection may come between any two rounds; a leak grows in spite of them.
    const before = Math.max(...residents.slice(0, WARM_UP_ROUNDS));
    const growth = Math.min(...residents.slice(-WARM_UP_ROUNDS)) / before;
    assertEquals(growth < 1.1, true, `resident bytes after each round: ${residents}`);
    await crowd.close();
    server.signal("SIGTERM");
    const { code, stderr } = await server.ended();
    assertEquals([code, stderr], [0, ""]);
  },
});

/** Everything at once that strangers do. */
async function misbehave(server: Endpoint): Promise<void> {
  const silent = await connectMany(server, SILENT);
  for (let i = 0; i < 300; i++) {
    const socket = LibcSocket.connect(server);
    socket.send(["{", peerRequest(i, IP, 1), clientRequest(i, IP, 0), "\0"][i % 4]);
    socket.reset();
  }
  const garbage = await connectMany(server, 200);
  await Promise.all(garbage.map((client) => client.send("GET / HTTP/1.1\r\n\r\n")));
  for (const client of garbage) assertMatch(await client.readToEnd(), /bad_request/);
  for (const client of silent) client.close();
}

Deno.test({
  name: "a stop tells 1,000 waiting peers, and 1,000 hosts that return at once are served",
  ...ENOUGH_DESCRIPTORS,
  fn: async () => {
    const port = freePort();
    {
      await using server = await ChildServer.start([], { port });
      const waiting = await connectMany(server.endpoint, CROWD);
      await Promise.all(waiting.map((client, i) => client.send(peerRequest(i, IP, CROWD + i))));
      server.signal("SIGTERM");
      const told = await Promise.all(waiting.map((client) => client.readToEnd()));
      assertEquals(new Set(told), new Set([refusal("shutting_down", "the server is stopping")]));
      const { code, stdout, stderr } = await server.ended();
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, new RegExp(`told ${CROWD} open sessions$`));
    }
    await using restarted = await ChildServer.start([], { port });
    const crowd = new Crowd(restarted.endpoint);
    await crowd.host(CROWD);
    await crowd.isServed();
    await crowd.close();
  },
});
