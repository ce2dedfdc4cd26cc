import { assertEquals } from "@std/assert";
import {
  clientRequest,
  datagram,
  introduction,
  peerRequest,
  serverRequest,
} from "../support/messages.ts";
import type { RawClient } from "../support/raw_client.ts";
import { TestServer } from "../support/test_server.ts";
import { permutations } from "../support/permutations.ts";

const IP = "127.0.0.1";
const EVENTS = ["datagram A", "request A", "datagram B", "request B"] as const;

for (const order of permutations(EVENTS)) {
  Deno.test(`two peers meet in the order ${order.join(", ")}`, async () => {
    await using test = new TestServer();
    const [a, b] = [test.socket(), test.socket()];
    const sessions = new Map<string, RawClient>();
    for (const [i, event] of order.entries()) {
      assertEquals(test.server.counters.introductions, 0, `before ${event}`);
      if (event === "datagram A") await test.deliver(a, datagram(1));
      if (event === "datagram B") await test.deliver(b, datagram(2));
      if (event === "request A") sessions.set("A", await test.ask(peerRequest(1, IP, 2)));
      if (event === "request B") sessions.set("B", await test.ask(peerRequest(2, IP, 1)));
      assertEquals(test.server.counters.introductions, i === 3 ? 1 : 0, `after ${event}`);
    }
    assertEquals(await sessions.get("A")?.readToEnd(), introduction(a.endpoint, b.endpoint));
    assertEquals(await sessions.get("B")?.readToEnd(), introduction(b.endpoint, a.endpoint));
  });
}

for (const order of permutations(EVENTS)) {
  const live = Math.max(order.indexOf("datagram A"), order.indexOf("request A"));
  const asked = order.indexOf("request B");
  const outcome = live < asked ? "is introduced to" : "does not find";
  Deno.test(`client B ${outcome} host A in the order ${order.join(", ")}`, async () => {
    await using test = new TestServer();
    const [a, b] = [test.socket(), test.socket()];
    const sessions = new Map<string, RawClient>();
    for (const event of order) {
      if (event === "datagram A") await test.deliver(a, datagram(1));
      if (event === "datagram B") await test.deliver(b, datagram(2));
      if (event === "request A") sessions.set("A", await test.ask(serverRequest(1)));
      if (event === "request B") sessions.set("B", await test.ask(clientRequest(2, IP, 1)));
    }
    const answer = await sessions.get("B")?.readToEnd();
    if (live < asked) {
      assertEquals(answer, introduction(b.endpoint, a.endpoint));
      assertEquals(await sessions.get("A")?.readLine(), introduction(a.endpoint, b.endpoint));
    } else {
      assertEquals(JSON.parse(answer ?? "").Error.split(":")[0], "host_not_found");
      assertEquals(test.server.counters.introductions, 0);
    }
  });
}
