import { assertEquals } from "@std/assert";
import { PeerError } from "../../src/peer/errors.ts";
import type { Passage } from "../../src/peer/socket/connection.ts";
import { Drops } from "../../src/commands/drops.ts";
import { SendWindow } from "../../src/commands/send_window.ts";
import { MAX_UNSENT_DATAGRAMS } from "../../src/commands/limits.ts";

function scene() {
  const said: string[] = [];
  const drops = new Drops("somebody", ({ text }) => void said.push(text));
  return { said, drops, window: new SendWindow(drops) };
}

Deno.test("so many datagrams are on their way at once, then each waits for one to be settled", async () => {
  const { window, drops, said } = scene();
  const sends = Array.from(
    { length: MAX_UNSENT_DATAGRAMS + 1 },
    () => Promise.withResolvers<Passage>(),
  );
  const waits = sends.slice(0, -1).map(({ promise }) => window.pass(promise, 1));
  assertEquals(waits.map((wait) => wait !== undefined).indexOf(true), MAX_UNSENT_DATAGRAMS - 1);
  for (const { resolve } of sends) resolve("taken");
  await waits.at(-1);
  assertEquals(window.pass(sends.at(-1)!.promise, 1), undefined);
  await undefined;
  drops.sayTotal();
  assertEquals(said, []);
});

Deno.test("what is not sent is counted by why, and the first of each kind is said", async () => {
  const { window, drops, said } = scene();
  const passages = ["too_long", "refused", "no_path", "taken", "no_path"] as const;
  for (const passage of passages) window.pass(Promise.resolve(passage), 9_217);
  const over = new PeerError("cancelled", "Cannot send to somebody: the connection is over");
  window.pass(Promise.reject(over), 1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  drops.sayTotal();
  assertEquals(said, [
    "dropped a datagram of somebody: this system sends no datagram of 9217 bytes there; let the " +
    "application send shorter ones (said once)",
    "dropped a datagram of somebody: this system did not send it: no route, or a firewall (said once)",
    "dropped a datagram of somebody: there is no path to the other side until the peers have met " +
    "again (said once)",
    "dropped a datagram of somebody: Cannot send to somebody: the connection is over (said once)",
    "dropped 5 datagrams of somebody: 1 too long, 1 that this system did not send, 2 while there " +
    "was no path, 1 without a connection",
  ]);
});
