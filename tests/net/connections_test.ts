import { assertEquals } from "@std/assert";
import { ACCEPTS_AT_ONCE } from "../../src/limits.ts";
import { connections } from "../../src/net/connections.ts";
import { OpenConnections } from "../../src/net/open_connections.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";

/** A listener at which somebody always waits, until `count` were accepted. */
function crowdedListener(count: number): Deno.TcpListener {
  let left = count;
  return {
    accept: () =>
      left-- > 0
        ? Promise.resolve({ remoteAddr: { hostname: "192.0.2.1" }, close() {} })
        : Promise.reject(new Deno.errors.BadResource("closed")),
  } as unknown as Deno.TcpListener;
}

Deno.test("a crowd that waits to be accepted leaves time for what else there is to do", async () => {
  const all = new OpenConnections(new VirtualClock(0));
  const listener = crowdedListener(2 * ACCEPTS_AT_ONCE + 1);
  let accepted = 0;
  const acceptedAtTurns: number[] = [];
  const timer = setInterval(() => acceptedAtTurns.push(accepted), 0);
  for await (const _ of connections(listener, all, () => {})) accepted++;
  clearInterval(timer);
  assertEquals(accepted, 2 * ACCEPTS_AT_ONCE + 1);
  assertEquals(new Set(acceptedAtTurns), new Set([ACCEPTS_AT_ONCE, 2 * ACCEPTS_AT_ONCE]));
});
