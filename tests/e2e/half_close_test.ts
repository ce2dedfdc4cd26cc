import { assertEquals } from "@std/assert";
import { delay, until, within } from "../support/deadline.ts";
import {
  clientRequest,
  introduction,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

Deno.test("an answer survives bytes that the server never reads", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  // A plain close with these unread would reset the connection and could destroy the answer.
  await client.send("[" + "x".repeat(20_000));
  await client.send("y".repeat(20_000));
  await until(() => test.server.counters.refusals.bad_request === 1, "the refusal");
  await client.send("z".repeat(20_000));
  assertEquals(
    await client.readToEnd(),
    refusal("bad_request", "expected a JSON object, received byte 0x5b"),
  );
});

Deno.test("a client that half-closes after its answer was queued is closed without a reset", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  await client.send(clientRequest(1, IP, 5));
  await client.closeWrite();
  assertEquals(
    await client.readToEnd(),
    refusal("host_not_found", "no host 127.0.0.1/5 is connected and registered"),
  );
});

Deno.test("a client that does not close is closed by the server within a second or so", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  const startMs = performance.now();
  await client.send(clientRequest(1, IP, 5));
  await client.readLine();
  await until(() => test.server.connectionCount === 0, "the connection to end");
  const lingeredMs = performance.now() - startMs;
  assertEquals(lingeredMs > 250, true, `closed after ${lingeredMs} ms, too early to read on`);
});

Deno.test("a waiting peer that asked, began another value and half-closed is told", async () => {
  await using test = new TestServer();
  const waiting = await test.ask(peerRequest(1, IP, 2) + '{"half');
  await waiting.closeWrite();
  assertEquals(
    await waiting.readToEnd(),
    refusal("cancelled", "the peer closed its side while it waited for 127.0.0.1/2"),
  );
  await until(() => test.server.sessionCount === 0, "the session to end");
});

Deno.test("nobody is introduced to a peer that closed its side", async () => {
  await using test = new TestServer();
  await test.register(1);
  const b = await test.register(2);
  const gone = await test.ask(peerRequest(1, IP, 2));
  await gone.closeWrite();
  await gone.readToEnd();
  const second = await test.ask(peerRequest(2, IP, 1));
  assertEquals(test.server.counters.introductions, 0);
  const a = await test.register(1);
  const back = await test.ask(peerRequest(1, IP, 2));
  assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
  assertEquals(await back.readToEnd(), introduction(a.endpoint, b.endpoint));
});

Deno.test("a host that half-closed is gone for the next client", async () => {
  await using test = new TestServer();
  await test.register(5);
  const hosting = await test.ask(serverRequest(5));
  await hosting.closeWrite();
  await hosting.readToEnd();
  const joining = await test.ask(clientRequest(6, IP, 5));
  assertEquals(
    await joining.readToEnd(),
    refusal("host_not_found", "no host 127.0.0.1/5 is connected and registered"),
  );
});

Deno.test("half a request and the end is a bad_request; silence and the end is no answer", async () => {
  await using test = new TestServer();
  const half = await test.connect();
  await half.send('{"LocalPeerPort":1,"Connec');
  await half.closeWrite();
  assertEquals(
    await half.readToEnd(),
    refusal(
      "bad_request",
      "expected a whole request, received its first 26 bytes and then the end",
    ),
  );
  const silent = await test.connect();
  await silent.closeWrite();
  assertEquals(await silent.readToEnd(), "");
});

Deno.test("a stop waits for clients that keep their side open, but not for long", async () => {
  await using test = new TestServer();
  const client = await test.ask(peerRequest(1, IP, 2));
  const stopped = within(test.server.stop(), "the server to stop");
  assertEquals(await client.readLine(), refusal("shutting_down", "the server is stopping"));
  const early = await Promise.race([stopped, delay(100).then(() => "waiting")]);
  assertEquals(early, "waiting");
  assertEquals(await stopped, 1);
});
