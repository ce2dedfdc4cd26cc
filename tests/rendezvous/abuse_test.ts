import { assertEquals } from "@std/assert";
import { client, peer, Rig, server } from "./rig.ts";

Deno.test("a datagram is refused for a limit or for its content, with its source", () => {
  const rig = new Rig({ datagramsPerSecond: { address: 1, network: 0 } });
  for (let i = 0; i < 7; i++) rig.datagram("203.0.113.7:50123", 1);
  rig.manager.drop("not_json", { address: "2001:db8::1", port: 1 }, rig.nowMs);
  rig.datagram("0.0.0.0:1", 1);
  rig.datagram("203.0.113.8:0", 1);
  assertEquals(
    new Set(rig.abuse),
    new Set([
      "udp datagrams_per_address 203.0.113.7",
      "udp not_json 2001:db8::1",
    ]),
  );
});

Deno.test("a datagram that finds no lease is refused for that limit", () => {
  const rig = new Rig({ leasesPerPrefix: { address: 1, network: 0 } });
  rig.datagram("203.0.113.7:1", 1);
  rig.ask("203.0.113.7", server(1));
  rig.datagram("203.0.113.7:2", 2);
  assertEquals(rig.abuse, ["udp leases_per_address 203.0.113.7"]);
});

Deno.test("a connection is refused for a limit, or told bad_request", () => {
  const rig = new Rig({ sessionsPerPrefix: { address: 2, network: 0 } });
  const first = rig.connect("203.0.113.7");
  rig.ask("203.0.113.7", peer(1, "203.0.113.7/1"));
  rig.connect("203.0.113.7");
  rig.connect("203.0.113.7");
  first.sendsGarbage("expected a request");
  assertEquals(rig.abuse, [
    "tcp bad_request 203.0.113.7",
    "tcp sessions_per_address 203.0.113.7",
    "tcp bad_request 203.0.113.7",
  ]);
});

Deno.test("whom nobody meets, and whom the server leaves, abuses nothing", () => {
  const rig = new Rig();
  rig.ask("203.0.113.7", client(1, "203.0.113.8/1"));
  rig.ask("203.0.113.7", server(2)).halfCloses();
  rig.ask("203.0.113.7", server(3));
  rig.at(100_000);
  rig.manager.shutDown(rig.nowMs);
  rig.connect("203.0.113.7");
  assertEquals(rig.abuse, []);
});
