import { assertEquals } from "@std/assert";
import type { Endpoint } from "../../../src/address.ts";
import type { UdpSocket } from "../../../src/peer/platform/platform.ts";
import { RepeatedRegistration } from "../../../src/peer/signaling/registration.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";

const SERVER: Endpoint = { address: "203.0.113.1", port: 6969 };

function scene() {
  const clock = new VirtualClock(0);
  const timesMs: number[] = [];
  const udp: UdpSocket = {
    local: { address: "0.0.0.0", port: 1 },
    send: () => {
      timesMs.push(clock.nowMs());
      return Promise.resolve("taken");
    },
    close: () => {},
    [Symbol.asyncIterator]: () => {
      throw new Error("nobody reads here");
    },
  };
  return { clock, timesMs, registration: new RepeatedRegistration(udp, clock) };
}

Deno.test("a registration is repeated with longer and longer pauses, then every 20 s", () => {
  const { clock, timesMs, registration } = scene();
  registration.start(new Uint8Array(1), SERVER);
  clock.runUntil(80_000);
  assertEquals(
    timesMs,
    [0, 250, 750, 1_750, 3_750, 7_750, 15_750, 31_750, 51_750, 71_750],
  );
});

Deno.test("what is stopped sends no more, and starting afresh begins with the short pause", () => {
  const { clock, timesMs, registration } = scene();
  registration.start(new Uint8Array(1), SERVER);
  clock.runUntil(1_000);
  registration.stop();
  clock.runUntil(5_000);
  registration.start(new Uint8Array(1), SERVER);
  clock.runUntil(5_300);
  assertEquals(timesMs, [0, 250, 750, 5_000, 5_250]);
});
