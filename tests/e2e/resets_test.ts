import { assertEquals } from "@std/assert";
import { Bystander } from "./bystander.ts";
import { until } from "../support/deadline.ts";
import { HAS_LIBC } from "../support/libc.ts";
import { CAN_VANISH, LibcSocket } from "../support/libc_socket.ts";
import {
  clientRequest,
  extended,
  introduction,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { openDescriptors } from "../support/process_stats.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";
const CAN_RESET = needs(HAS_LIBC, "sockets that can close with a reset");
const HOST_NOT_FOUND = refusal(
  "host_not_found",
  "no host 127.0.0.1/8 is connected and registered",
);

/** What a connection has sent, and what the server has made of it, when it is reset. */
const STAGES: readonly (readonly [stage: string, sent: string, requests: number])[] = [
  ["before it sent anything", "", 0],
  ["within a request", peerRequest(1, IP, 2).slice(0, -1), 0],
  ["while a peer waits", peerRequest(1, IP, 2), 1],
  ["while a host lives", serverRequest(8), 1],
  ["after an answer that it never read", clientRequest(1, IP, 99), 1],
  ["after something that was no request", "GET / HTTP/1.1\r\n", 0],
];

for (const [stage, sent, requests] of STAGES) {
  Deno.test({
    name: `a connection that is reset ${stage} leaves nothing behind`,
    ...CAN_RESET,
    fn: async () => {
      await using test = new TestServer();
      const bystander = await Bystander.settle(test);
      await test.register(8);
      const descriptors = openDescriptors(Deno.pid);
      const before = test.log.requests;
      const sockets = Array.from({ length: 20 }, () => LibcSocket.connect(test.at()));
      for (const socket of sockets) if (sent !== "") socket.send(sent);
      await test.connected(1 + sockets.length);
      await until(
        () => test.log.requests === before + requests * sockets.length,
        "the requests",
      );
      for (const socket of sockets) socket.reset();
      await until(() => test.server.sessionCount === 1, "only the bystander to be left");
      await until(() => openDescriptors(Deno.pid) <= descriptors, "the descriptors to be closed");
      await bystander.isServed();
      assertEquals(test.log.errors, []);
    },
  });
}

Deno.test({
  name: "connections that are reset before the server takes them leave nothing behind",
  ...CAN_RESET,
  fn: async () => {
    await using test = new TestServer();
    const bystander = await Bystander.settle(test);
    // Nothing runs in between: the server, in this same process, has not accepted them yet.
    for (let i = 0; i < 100; i++) {
      const socket = LibcSocket.connect(test.at());
      if (i % 2 === 0) socket.send(peerRequest(1, IP, 2));
      socket.reset();
    }
    await bystander.isServed();
    await until(() => test.server.sessionCount === 1, "only the bystander to be left");
    assertEquals(test.log.errors, []);
  },
});

Deno.test({
  name: "nobody is introduced to a peer or a host that was reset",
  ...CAN_RESET,
  fn: async () => {
    await using test = new TestServer();
    for (const peerPort of [1, 8]) await test.register(peerPort);
    const [waiting, hosting] = [LibcSocket.connect(test.at()), LibcSocket.connect(test.at())];
    waiting.send(peerRequest(1, IP, 2));
    hosting.send(serverRequest(8));
    await until(() => test.log.requests === 2, "both requests");
    waiting.reset();
    hosting.reset();
    await until(() => test.server.sessionCount === 0, "both to be gone");
    const b = await test.register(2);
    const second = await test.ask(peerRequest(2, IP, 1));
    const joining = await test.ask(clientRequest(2, IP, 8));
    assertEquals(await joining.readToEnd(), HOST_NOT_FOUND);
    assertEquals(test.server.counters.introductions, 0);
    const a = await test.register(1);
    await test.ask(peerRequest(1, IP, 2));
    assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
  },
});

Deno.test({
  name: "a connection that is reset while responses wait for it leaves nothing behind",
  ...CAN_RESET,
  fn: async () => {
    await using test = new TestServer();
    await test.register(8, { token: "t" });
    const stuck = LibcSocket.connect(test.at(), "small");
    stuck.send(serverRequest(8, extended("t")));
    await until(() => test.log.requests === 1, "the host");
    await test.register(1, { token: "u" });
    const locals = Array.from({ length: 8 }, (_, i) => `[2001:db8:a:b:c:d:e:${i}]:65535`);
    for (let i = 0; i < 100; i++) {
      const joining = await test.ask(clientRequest(1, IP, 8, extended("u", locals)));
      assertEquals(JSON.parse(await joining.readToEnd()).Error, "");
    }
    stuck.reset();
    await until(() => test.server.sessionCount === 0, "the host to be gone");
    const joining = await test.ask(clientRequest(1, IP, 8));
    assertEquals(await joining.readToEnd(), HOST_NOT_FOUND);
  },
});

Deno.test({
  name: "a host that vanished without a word ends as a host when the next client comes",
  ...needs(CAN_VANISH, "the right to end a connection without a packet"),
  fn: async () => {
    await using test = new TestServer();
    const host = await test.register(8);
    const vanishing = LibcSocket.connect(test.at());
    vanishing.send(serverRequest(8));
    await until(() => test.log.requests === 1, "the host");
    vanishing.vanish();
    const client = await test.register(1);
    const first = await test.ask(clientRequest(1, IP, 8));
    assertEquals(await first.readToEnd(), introduction(client.endpoint, host.endpoint));
    await until(() => test.server.sessionCount === 0, "the host to be gone");
    const second = await test.ask(clientRequest(1, IP, 8));
    assertEquals(await second.readToEnd(), HOST_NOT_FOUND);
  },
});

Deno.test({
  name: "a peer that vanished without a word is forgotten when its lease runs out",
  ...needs(CAN_VANISH, "the right to end a connection without a packet"),
  fn: async () => {
    await using test = new TestServer({ clock: "virtual" });
    await test.register(1);
    const vanishing = LibcSocket.connect(test.at());
    vanishing.send(peerRequest(1, IP, 2));
    await until(() => test.log.requests === 1, "the peer");
    vanishing.vanish();
    test.advance(90_000);
    await until(() => test.server.sessionCount === 0, "the peer to be gone");
    assertEquals(test.server.leaseCount, 0);
  },
});
