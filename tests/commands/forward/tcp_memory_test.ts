/** What is carried is forgotten once it was passed on. */

import { assert, assertEquals } from "@std/assert";
import { ChildProcess, freePort, PROGRAM } from "../../support/child_process.ts";
import { HAS_PROC, needs } from "../../support/needs.ts";
import { residentBytes } from "../../support/process_stats.ts";
import { TestServer } from "../../support/test_server.ts";

const MEGABYTE = 2 ** 20;
/** A side that kept it all would have more than this on top of what it is. */
const CARRIED_BYTES = 200 * MEGABYTE;
/** 145 MB each were measured, whatever was carried. */
const MOST_BYTES = 250 * MEGABYTE;

Deno.test({
  ...needs(HAS_PROC, "/proc"),
  name: "200 MB through the hole leave neither side larger",
  fn: async () => {
    await using test = new TestServer();
    const server = `-server=127.0.0.1:${test.at().port}`;
    const service = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      using connection = await service.accept();
      const chunk = new Uint8Array(MEGABYTE);
      for (let sent = 0; sent < CARRIED_BYTES;) {
        sent += await connection.write(chunk.subarray(0, CARRIED_BYTES - sent));
      }
    })();
    const { port } = service.addr;
    const forward = ["host", server, "-local=1", `-forward=tcp:127.0.0.1:${port}`];
    await using hosting = ChildProcess.start([...PROGRAM, ...forward]);
    await hosting.errors.find((line) => line.startsWith("reachable as"), "a name");
    const at = { hostname: "127.0.0.1", port: freePort() };
    const listen = ["join", server, "-remote=127.0.0.1/1", `-listen=tcp:${at.port}`];
    await using joined = ChildProcess.start([...PROGRAM, ...listen]);
    await joined.errors.find((line) => line.startsWith("connected"), "a connection");
    const client = await Deno.connect(at);
    let received = 0;
    for await (const { length } of client.readable) received += length;
    await serving;
    assertEquals(received, CARRIED_BYTES);
    const sizes = [hosting, joined].map(({ pid }) => residentBytes(pid));
    assert(Math.max(...sizes) < MOST_BYTES, `${sizes}`);
    service.close();
  },
});
