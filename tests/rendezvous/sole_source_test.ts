import { assertEquals } from "@std/assert";
import { SOLE_SOURCE_PEERS } from "../../src/limits.ts";
import { SoleSource } from "../../src/rendezvous/sole_source.ts";

const GATEWAY = "172.17.0.1";

function after(addresses: readonly string[]): string | undefined {
  const source = new SoleSource();
  for (const address of addresses) source.note(address);
  return source.address;
}

function peers(count: number, address = GATEWAY): string[] {
  return new Array<string>(count).fill(address);
}

Deno.test("some peers of one private address make it the sole source", () => {
  assertEquals(after(peers(SOLE_SOURCE_PEERS - 1)), undefined);
  assertEquals(after(peers(SOLE_SOURCE_PEERS)), GATEWAY);
  assertEquals(after(peers(100, "fd00::1")), "fd00::1");
});

Deno.test("one peer from elsewhere shows for good that nothing is wrong", () => {
  assertEquals(after([...peers(100), "203.0.113.7"]), undefined);
  assertEquals(after(["203.0.113.7", ...peers(100)]), undefined);
  assertEquals(after([...peers(3), "172.17.0.2", ...peers(100)]), undefined);
});

Deno.test("a public address may have many peers behind it", () => {
  assertEquals(after(peers(100, "203.0.113.7")), undefined);
});

Deno.test("peers on this machine say nothing, such as a check of it", () => {
  assertEquals(after(peers(100, "127.0.0.1")), undefined);
  assertEquals(after(["127.0.0.1", "::1", ...peers(SOLE_SOURCE_PEERS)]), GATEWAY);
});
