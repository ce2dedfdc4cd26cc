import { assertEquals } from "@std/assert";
import { peer, Rig } from "./rig.ts";

for (
  const [a, b, privateToPublic] of [
    ["192.168.1.5", "203.0.113.7", 1],
    ["fd00::5", "2001:db8::7", 1],
    ["192.168.1.5", "10.0.0.5", 0],
    ["203.0.113.7", "198.51.100.7", 0],
  ] as const
) {
  Deno.test(`an introduction of ${a} and ${b} adds ${privateToPublic} of private to public`, () => {
    const rig = new Rig();
    const endpoint = (address: string) =>
      address.includes(":") ? `[${address}]:1000` : `${address}:1000`;
    rig.datagram(endpoint(a), 1);
    rig.datagram(endpoint(b), 2);
    rig.ask(a, peer(1, `${b}/2`));
    rig.ask(b, peer(2, `${a}/1`));
    assertEquals(rig.manager.counters.privateToPublic, privateToPublic);
  });
}
