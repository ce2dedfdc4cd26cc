import { assertEquals } from "@std/assert";
import { MAX_UNREAD_DATAGRAMS, NodeUdpSocket } from "../../../src/peer/platform/node_udp_socket.ts";
import { delay } from "../../support/deadline.ts";

Deno.test("of what nobody reads the newest is kept", async () => {
  const [a, b] = [1, 2].map(() => new NodeUdpSocket({ address: "127.0.0.1", port: 0 }));
  const count = MAX_UNREAD_DATAGRAMS + 10;
  for (let i = 0; i < count; i++) {
    await a.send(new Uint8Array([i >> 8, i]), b.local);
    await delay(0);
  }
  b.close();
  const numbers: number[] = [];
  for await (const { bytes: [high, low] } of b) numbers.push(high << 8 | low);
  assertEquals(numbers, Array.from({ length: MAX_UNREAD_DATAGRAMS }, (_, i) => i + 10));
  a.close();
});
