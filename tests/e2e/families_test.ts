import { assertEquals } from "@std/assert";
import {
  clientRequest,
  introduction,
  peerRequest,
  refusal,
  serverRequest,
} from "../support/messages.ts";
import { TestServer } from "../support/test_server.ts";

for (const ip of ["127.0.0.1", "::1"]) {
  for (const host of [ip, "all"]) {
    Deno.test(`peers and hosts meet over ${ip} on a server at ${host}`, async () => {
      await using test = new TestServer({ host });
      const a = await test.register(1, { address: ip });
      const b = await test.register(2, { address: ip });
      assertEquals(a.endpoint.address, ip);
      const first = await test.ask(peerRequest(1, ip, 2), ip);
      const second = await test.ask(peerRequest(2, ip, 1), ip);
      assertEquals(await first.readToEnd(), introduction(a.endpoint, b.endpoint));
      assertEquals(await second.readToEnd(), introduction(b.endpoint, a.endpoint));
      const hosting = await test.ask(serverRequest(1), ip);
      const joining = await test.ask(clientRequest(2, ip, 1), ip);
      assertEquals(await joining.readToEnd(), introduction(b.endpoint, a.endpoint));
      assertEquals(await hosting.readLine(), introduction(a.endpoint, b.endpoint));
    });
  }
}

Deno.test("one process serves both families at once, each in its own text form", async () => {
  await using test = new TestServer({ host: "all" });
  for (const ip of ["127.0.0.1", "::1"]) {
    await test.register(1, { address: ip });
    await test.ask(serverRequest(1), ip);
  }
  assertEquals([test.server.leaseCount, test.server.sessionCount], [2, 2]);
  for (const ip of ["::1", "127.0.0.1"]) {
    const client = await test.register(2, { address: ip });
    const joining = await test.ask(clientRequest(2, ip, 1), ip);
    const line = JSON.parse(await joining.readToEnd());
    assertEquals([line.Error, line.SourceIP, line.DestIP], ["", ip, ip]);
    assertEquals(line.SourcePort, client.endpoint.port);
  }
});

Deno.test("an IPv4 peer may write addresses in the mapped form", async () => {
  await using test = new TestServer({ host: "all" });
  const host = await test.register(1);
  await test.ask(serverRequest(1));
  const client = await test.register(2);
  const joining = await test.ask(clientRequest(2, "::FFFF:127.0.0.1", 1));
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
});

Deno.test("an IPv6 peer may write addresses in any form", async () => {
  await using test = new TestServer({ host: "::1" });
  const host = await test.register(1);
  await test.ask(serverRequest(1));
  const client = await test.register(2);
  const joining = await test.ask(clientRequest(2, "0:0::0000:1", 1));
  assertEquals(await joining.readToEnd(), introduction(client.endpoint, host.endpoint));
});

Deno.test("peers of different families cannot meet, whichever asks", async () => {
  await using test = new TestServer({ host: "all" });
  const toIpv6 = await test.ask(peerRequest(1, "2001:db8::1", 2), "127.0.0.1");
  assertEquals(
    await toIpv6.readToEnd(),
    refusal("family_mismatch", "127.0.0.1 is IPv4 and 2001:db8::1 is IPv6"),
  );
  const toIpv4 = await test.ask(clientRequest(1, "203.0.113.7", 2), "::1");
  assertEquals(
    await toIpv4.readToEnd(),
    refusal("family_mismatch", "::1 is IPv6 and 203.0.113.7 is IPv4"),
  );
});
