import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { RegisteredSocket } from "../../../src/peer/signaling/registration.ts";
import { udpPortOf } from "../../../src/peer/signaling/udp_port.ts";
import { World } from "../../simulated/peer_platform.ts";

Deno.test("a peer with the same Token has the same port, no system gives it out by itself", () => {
  const ports = new Set<number>();
  for (let i = 0; i < 1_000; i++) {
    const identity = { token: `token ${i}`, localPeerPort: 5n };
    const port = udpPortOf(identity);
    assertEquals(udpPortOf({ ...identity }), port);
    assert(port >= 16_384 && port < 32_768, `${port}`);
    ports.add(port);
  }
  // A thousand of 16,384: about 30 fall together by chance.
  assert(ports.size > 940, `${ports.size} ports of 1,000 Tokens`);
  const [one, other] = [1n, 2n].map((localPeerPort) => udpPortOf({ token: "t", localPeerPort }));
  assertNotEquals(one, other);
});

Deno.test("a peer without a Token takes any port", () => {
  assertEquals(udpPortOf({ token: undefined, localPeerPort: 5n }), 0);
});

Deno.test("a port that is taken is no obstacle", () => {
  const machine = new World().publicMachine("192.0.2.1");
  const first = new RegisteredSocket(machine, "192.0.2.1", 20_000);
  const second = new RegisteredSocket(machine, "192.0.2.1", 20_000);
  assertEquals(first.local.port, 20_000);
  assertNotEquals(second.local.port, 20_000);
  first.close();
  assertEquals(new RegisteredSocket(machine, "192.0.2.1", 20_000).local.port, 20_000);
});
