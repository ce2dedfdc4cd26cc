import { assertEquals, assertNotEquals } from "@std/assert";
import { packAddress } from "../../src/address.ts";
import { hashKey, hashToken, leaseKey } from "../../src/rendezvous/lease_key.ts";

const SEED = 0x12345678;

Deno.test("a PeerPort is two words, exactly, over all 64 bits", () => {
  const edges = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 2n];
  const peerPorts = edges.flatMap((edge) => [edge - 1n, edge, edge + 1n])
    .flatMap((edge) => [edge, -edge, -edge - 1n]);
  for (const peerPort of peerPorts) {
    const key = leaseKey(packAddress("192.0.2.1"), peerPort, undefined);
    const low = BigInt.asUintN(32, BigInt(key.peerPortLow));
    assertEquals(BigInt(key.peerPortHigh) * 2n ** 32n + low, peerPort);
    assertEquals([key.peerPortLow | 0, key.peerPortHigh | 0], [key.peerPortLow, key.peerPortHigh]);
  }
});

Deno.test("a key's hash depends on every part of it and on the seed", () => {
  const keys = [
    ["192.0.2.1", 5n, undefined],
    ["192.0.2.2", 5n, undefined],
    ["::c000:201", 5n, undefined],
    ["1::ffff:c000:201", 5n, undefined],
    ["0:1::ffff:c000:201", 5n, undefined],
    ["192.0.2.1", 6n, undefined],
    ["192.0.2.1", 5n + 2n ** 32n, undefined],
    ["192.0.2.1", 5n, "T"],
    ["192.0.2.1", 5n, "TTTT"],
    ["192.0.2.1", 5n, "TTTTT"],
    ["192.0.2.1", 5n, "TTTTU"],
    ["192.0.2.1", 5n, "UTTTT"],
  ] as const;
  const hashes = [SEED, SEED + 1].flatMap((seed) =>
    keys.map(([address, peerPort, token]) =>
      hashKey(leaseKey(packAddress(address), peerPort, token), seed)
    )
  );
  assertEquals(new Set(hashes).size, 2 * keys.length);
});

Deno.test("the hash of a Token is the same at every address of one IP version", () => {
  const hash = (address: string, peerPort: bigint, token: string) =>
    hashToken(leaseKey(packAddress(address), peerPort, token), SEED);
  assertEquals(hash("192.0.2.1", 5n, "T"), hash("198.51.100.9", 5n, "T"));
  assertEquals(hash("2001:db8::2", 5n, "T"), hash("2001:db8::1", 5n, "T"));
  assertNotEquals(hash("192.0.2.1", 5n, "T"), hash("2001:db8::1", 5n, "T"));
  const all = [hash("::", 5n, "T"), hash("::", 6n, "T"), hash("::", 5n, "U")];
  assertEquals(new Set(all).size, 3);
});
