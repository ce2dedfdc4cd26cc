import { assertEquals, assertMatch } from "@std/assert";
import { ChildServer } from "../support/child_server.ts";
import { delay, until } from "../support/deadline.ts";
import {
  clientRequest,
  datagram,
  introduction,
  peerRequest,
  serverRequest,
} from "../support/messages.ts";
import { HAS_PROC, needs } from "../support/needs.ts";
import { descriptorLimit, openDescriptors, processorSeconds } from "../support/process_stats.ts";
import { connectMany, RawClient, RawSocket } from "../support/raw_client.ts";

const IP = "127.0.0.1";
const MAX_DESCRIPTORS = 256;
const CONNECTIONS = 400;
const HOSTS = 20;
/** A loop that spins takes all of it. */
const WATCHED_MS = 1_000;

Deno.test({
  name: "out of descriptors it serves those it has, does not spin, and recovers",
  ...needs(HAS_PROC && descriptorLimit() > 1_000, "/proc and 1,000 descriptors"),
  fn: async () => {
    await using server = await ChildServer.start([], { maxDescriptors: MAX_DESCRIPTORS });
    const idleDescriptors = openDescriptors(server.pid);
    const socket = new RawSocket();
    for (let host = 1; host <= HOSTS; host++) await socket.send(server.endpoint, datagram(host));
    const hosts = await connectMany(server.endpoint, HOSTS);
    await Promise.all(hosts.map((host, i) => host.send(serverRequest(i + 1))));
    await server.catchesUp();
    // A client that is here before the others do their worst, and asks only then.
    await socket.send(server.endpoint, datagram(100));
    using early = await RawClient.connect(server.endpoint);
    await early.send("{");
    const strangers = await connectMany(server.endpoint, CONNECTIONS);
    const said = / error the process has no descriptors left: .* -max_sessions$/;
    await until(() => server.errorLines.some((line) => said.test(line)), "the limit to be met");
    const before = processorSeconds(server.pid);
    await delay(WATCHED_MS);
    const usedMs = (processorSeconds(server.pid) - before) * 1_000;
    assertEquals(usedMs < WATCHED_MS / 2, true, `spinning: ${usedMs} ms of ${WATCHED_MS} ms`);

    const { endpoint } = socket;
    await early.send(clientRequest(100, IP, 1).slice(1));
    assertEquals(await early.readToEnd(), introduction(endpoint, endpoint));
    assertEquals(await hosts[0].readLine(), introduction(endpoint, endpoint));

    for (const stranger of strangers) stranger.close();
    await until(
      () => openDescriptors(server.pid) <= idleDescriptors + HOSTS,
      () => `${idleDescriptors + HOSTS} descriptors, not ${openDescriptors(server.pid)}`,
    );
    for (const [i, host] of hosts.entries()) {
      using client = await RawClient.connect(server.endpoint);
      await client.send(clientRequest(100, IP, i + 1));
      assertEquals(await client.readToEnd(), introduction(endpoint, endpoint));
      assertEquals(await host.readLine(), introduction(endpoint, endpoint));
      host.close();
    }
    const again = await connectMany(server.endpoint, 120);
    await Promise.all(again.map((client, i) => client.send(peerRequest(i, IP, 999))));
    server.signal("SIGTERM");
    for (const client of again) assertMatch(await client.readToEnd(), /"shutting_down: /);
    assertEquals((await server.ended()).code, 0);
    await socket.close();
  },
});
