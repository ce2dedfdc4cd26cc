import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/child_process.ts";
import { ChildServer } from "../support/child_server.ts";
import { until } from "../support/deadline.ts";
import { peerRequest, refusal, serverRequest } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { RawClient } from "../support/raw_client.ts";

const POSIX = needs(Deno.build.os !== "windows", "signals between processes");
const SHUTTING_DOWN = refusal("shutting_down", "the server is stopping");
const HOSTS = 40;
const DRAIN_S = 2;

/** What a load balancer reads. */
async function readyz(port: number): Promise<[status: number, body: string]> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return [response.status, await response.text()];
}

Deno.test({
  name: "-drain: /readyz is 503, hosts go one by one, who waits is served to the end",
  ...POSIX,
  fn: async () => {
    const port = freePort();
    await using server = await ChildServer.start([`-drain=${DRAIN_S}`, `-http_port=${port}`]);
    await until(() => server.lines.length === 2, "the line that says where the status is");
    assert(server.lines[1].endsWith(`shows its status at http://127.0.0.1:${port}/`));
    const hosts: RawClient[] = [];
    for (let i = 0; i < HOSTS; i++) {
      const host = await RawClient.connect(server.endpoint);
      await host.send(serverRequest(i));
      hosts.push(host);
    }
    const waiting = await RawClient.connect(server.endpoint);
    await waiting.send(peerRequest(1_000, "127.0.0.1", 2_000));
    await server.catchesUp();
    assertEquals(await readyz(port), [200, "ready\n"]);

    const startMs = performance.now();
    server.signal("SIGTERM");
    const ends = hosts.map(async (host) => {
      assertEquals(await host.readToEnd(), SHUTTING_DOWN);
      return performance.now() - startMs;
    });
    await until(async () => (await readyz(port))[0] === 503, "a server that is not ready");
    assertEquals(await readyz(port), [503, "the server is draining\n"]);
    await server.catchesUp();
    const toldMs = (await Promise.all(ends)).toSorted((a, b) => a - b);
    const quarter = Math.floor(HOSTS / 4);
    assert(toldMs[3 * quarter] - toldMs[quarter] > DRAIN_S * 1_000 / 4, `${toldMs}`);
    assertEquals(await waiting.readToEnd(), SHUTTING_DOWN);
    assert(performance.now() - startMs > DRAIN_S * 900);
    assertEquals((await server.ended()).code, 0);
    assertMatch(server.lines.at(-1)!, /stopped after SIGTERM; told \d+ open sessions$/);
  },
});

Deno.test({
  name: "a port of the status page that is taken is one line, and exit code 1",
  fn: async () => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const error = await ChildServer.start([`-http_port=${port}`], { port: freePort() })
      .catch((error) => error);
    taken.close();
    assertMatch(
      error.message,
      new RegExp(
        `^Cannot start a server: Cannot listen on 127.0.0.1 port ${port}: expected a free TCP port, ` +
          "it is in use; stop the other program \\(.*\\) or choose another -http_port$",
      ),
    );
  },
});
