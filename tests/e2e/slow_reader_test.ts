import { assertEquals } from "@std/assert";
import { MAX_QUEUED_BYTES } from "../../src/limits.ts";
import { until } from "../support/deadline.ts";
import { HAS_LIBC } from "../support/libc.ts";
import { LibcSocket } from "../support/libc_socket.ts";
import { clientRequest, extended, introduction, serverRequest } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";
/** Makes each response to an extended host about 500 bytes long. */
const LOCAL_ENDPOINTS = Array.from(
  { length: 8 },
  (_, i) => `[2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff${i}]:65535`,
);
/** Far more than the queue and what the kernel takes with small buffers. */
const MAX_CLIENTS = 2_000;

Deno.test({
  name: "a host that never reads is closed at 64 KiB, ends as a host, and slows nobody",
  ...needs(HAS_LIBC, "a socket with small buffers"),
  fn: async () => {
    await using test = new TestServer();
    await test.register(5, { token: "stuck" });
    const stuck = LibcSocket.connect(test.at(), "small");
    stuck.send(serverRequest(5, extended("stuck")));
    const good = await test.register(7);
    const hosting = await test.ask(serverRequest(7));
    await until(() => test.log.requests === 2, "both hosts");
    const client = await test.register(6, { token: "client" });
    await test.deliver(client, '{"PeerPort":6}');

    let introduced = 0;
    for (let outcome = ""; outcome !== "host_not_found"; introduced++) {
      assertEquals(introduced < MAX_CLIENTS, true, "the queue has no limit");
      const joining = await test.ask(
        clientRequest(6, IP, 5, extended("client", LOCAL_ENDPOINTS)),
      );
      outcome = JSON.parse(await joining.readToEnd()).Error.split(":")[0];
      if (introduced % 50 > 0) continue;
      const other = await test.ask(clientRequest(6, IP, 7));
      assertEquals(await other.readToEnd(), introduction(client.endpoint, good.endpoint));
      assertEquals(await hosting.readLine(), introduction(good.endpoint, client.endpoint));
    }
    assertEquals(introduced * 400 > MAX_QUEUED_BYTES, true, `closed after ${introduced} clients`);
    await until(() => test.server.sessionCount === 1, "only the reading host to be left");
    stuck.close();
  },
});
