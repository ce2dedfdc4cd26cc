import { assertEquals } from "@std/assert";
import {
  clientRequest,
  introduction,
  KEEP_ALIVE,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";
const HOST_NOT_FOUND = refusal(
  "host_not_found",
  "no host 127.0.0.1/5 is connected and registered",
);

Deno.test("a request may arrive byte by byte and is acted on at its closing brace", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  const request = clientRequest(1, IP, 5);
  for (const character of request.slice(0, -1)) await client.send(character);
  await test.connected(1);
  assertEquals(test.log.requests, 0);
  await client.send("}");
  // The client neither ends the line nor closes its side.
  assertEquals(await client.readToEnd(), HOST_NOT_FOUND);
});

Deno.test("braces in strings and escaped quotes do not end a request", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  await client.send('{"note":"}\\"}{","more":{"a":[{}]},' + clientRequest(1, IP, 5).slice(1));
  assertEquals(await client.readToEnd(), HOST_NOT_FOUND);
});

Deno.test("white space may stand around and inside a request", async () => {
  await using test = new TestServer();
  const client = await test.connect();
  await client.send(
    ' \r\n\t{ "ConnectionType" : "Client" ,\n "LocalPeerPort":1e0,"remoteip" : "127.0.0.1" , ' +
      '"REMOTEPEERPORT":\t5 } \n',
  );
  assertEquals(await client.readToEnd(), HOST_NOT_FOUND);
});

Deno.test("several values may come in one segment, with or without space between", async () => {
  await using test = new TestServer();
  const host = await test.register(5);
  const hosting = await test.connect();
  await hosting.send(serverRequest(5) + KEEP_ALIVE + KEEP_ALIVE + "\n" + serverRequest(5));
  await hosting.send(KEEP_ALIVE.slice(0, 20));
  const client = await test.register(6);
  await hosting.send(KEEP_ALIVE.slice(20));
  await test.ask(clientRequest(6, IP, 5));
  assertEquals(await hosting.readLine(), introduction(host.endpoint, client.endpoint));
});

Deno.test("a malformed value after a host's request ends the host", async () => {
  await using test = new TestServer();
  await test.register(5);
  const hosting = await test.connect();
  await hosting.send(serverRequest(5) + " }");
  assertEquals(
    await hosting.readToEnd(),
    refusal("bad_request", "expected a JSON object, received byte 0x7d"),
  );
});

Deno.test("whatever follows the request of a waiting peer is ignored", async () => {
  await using test = new TestServer();
  const a = await test.register(1);
  const b = await test.register(2);
  const first = await test.ask(peerRequest(1, IP, 2) + '}{"half');
  await first.send("GET / HTTP/1.1\r\n\r\n" + "x".repeat(100_000));
  await first.send(peerRequest(1, IP, 3));
  const second = await test.ask(peerRequest(2, IP, 1));
  assertEquals(await first.readToEnd(), introduction(a.endpoint, b.endpoint));
  assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
});

Deno.test("a request of 4,096 bytes is taken, one of 4,097 is refused", async () => {
  await using test = new TestServer();
  const request = clientRequest(1, IP, 5);
  const exact = await test.connect();
  await exact.send(request.slice(0, -1) + " ".repeat(4_096 - request.length) + "}");
  assertEquals(await exact.readToEnd(), HOST_NOT_FOUND);
  const long = await test.connect();
  await long.send(request.slice(0, -1) + " ".repeat(4_097 - request.length) + "}");
  assertEquals(
    await long.readToEnd(),
    refusal("bad_request", "expected a request of at most 4096 bytes, received more"),
  );
});

Deno.test("PeerPorts are compared exactly to 64 bits", async () => {
  await using test = new TestServer();
  const host = await test.register(9007199254740993n);
  await test.ask('{"LocalPeerPort":9007199254740993,"ConnectionType":"Server"}');
  const client = await test.register(-9223372036854775808n);
  const ask = (peerPort: string) =>
    test.ask(
      `{"RemoteIP":"127.0.0.1","RemotePeerPort":${peerPort},` +
        '"LocalPeerPort":-9223372036854775808,"ConnectionType":"Client"}',
    );
  const neighbour = await ask("9007199254740992");
  assertEquals(
    await neighbour.readToEnd(),
    refusal(
      "host_not_found",
      "no host 127.0.0.1/9007199254740992 is connected and registered",
    ),
  );
  const joining = await ask("9007199254740993");
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
});
