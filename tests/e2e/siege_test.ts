/** Under attack honest peers meet, hosts keep their sessions, and a stop comes to its end. */

import { assertEquals } from "@std/assert";
import { startAttacker } from "../../scripts/siege/attacker_process.ts";
import { ATTACKS } from "../../scripts/siege/attacks.ts";
import { HonestPeers } from "../../scripts/siege/honest.ts";
import { ChildServer } from "../support/child_server.ts";
import { HAS_LIBC } from "../support/libc.ts";
import { needs } from "../support/needs.ts";

/** Those that do not need descriptors by the thousand or many seconds. */
const SHORT = ["one_address", "burst", "bursts", "lease_quota"];
/** Time for one pair and one client. */
const ONE_EACH_MS = 100;

for (const name of SHORT) {
  const { what, flags, shared } = ATTACKS[name];
  Deno.test({
    name: `honest peers meet, and a stop ends, while ${what}`,
    ...needs(HAS_LIBC, "glibc on Linux"),
    fn: async () => {
      await using server = await ChildServer.start(flags);
      await using honest = new HonestPeers(server.endpoint, shared);
      await honest.settle();
      await using _attacker = await startAttacker(name, server.endpoint);
      await honest.come(ONE_EACH_MS);
      assertEquals(String(honest.pairs.failures), "-", "failures of pairs");
      assertEquals(String(honest.clients.failures), "-", "failures of clients");
      assertEquals(String(honest.hostEnds), "-", "hosts that lost their session");
      server.signal("SIGTERM");
      assertEquals((await server.ended()).code, 0);
    },
  });
}
