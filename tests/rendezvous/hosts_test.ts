import { assertEquals } from "@std/assert";
import { Hosts } from "../../src/rendezvous/hosts.ts";
import { Session } from "../../src/rendezvous/session.ts";

function session(): Session {
  return new Session({ address: "192.0.2.1", hasRoom: true, send: () => {}, end: () => {} }, 0);
}

Deno.test("a door has its host and, with a host or without, its clients in order", () => {
  const hosts = new Hosts();
  const host = session();
  const [first, second] = [session(), session()];
  hosts.open("den", host);
  hosts.addClient("den", first);
  hosts.addClient("den", second);
  assertEquals(hosts.get("den"), host);
  const { clients, ...door } = hosts.doorOf("den");
  assertEquals([door, [...clients]], [{ host }, [first, second]]);
  assertEquals(hosts.doorOf("attic"), { host: undefined, clients: [] });
  hosts.close("den");
  assertEquals([...hosts.doorOf("den").clients], [first, second]);
  assertEquals(hosts.get("den"), undefined);
  hosts.removeClient("den", first);
  assertEquals(hosts.size, 1);
  hosts.removeClient("den", second);
  assertEquals(hosts.size, 0);
});
