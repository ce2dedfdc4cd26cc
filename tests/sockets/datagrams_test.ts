import { assertEquals } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { datagrams } from "../../src/sockets/datagrams.ts";

/** Timers ring at once, and say for how long they would have waited. */
function instantClock(delays: number[]): Clock {
  return {
    nowMs: () => 0,
    schedule(delayMs, action) {
      delays.push(delayMs);
      queueMicrotask(action);
      return () => {};
    },
  };
}

/** A socket that gives these datagrams and errors, one after the other, in the caller's buffer. */
function socketOf(arrivals: readonly (string | Error)[]): Deno.DatagramConn {
  const left = [...arrivals, new Deno.errors.BadResource("closed")];
  return {
    receive(buffer: Uint8Array): Promise<[Uint8Array, Deno.Addr]> {
      const arrival = left.shift() as string | Error;
      if (typeof arrival !== "string") return Promise.reject(arrival);
      const { written } = new TextEncoder().encodeInto(arrival, buffer);
      const from = { transport: "udp", hostname: "::ffff:192.0.2.7", port: 5 } as const;
      return Promise.resolve([buffer.subarray(0, written), from]);
    },
  } as Deno.DatagramConn;
}

async function receive(arrivals: readonly (string | Error)[]) {
  const taken: string[] = [];
  const errors: unknown[] = [];
  const delays: number[] = [];
  const onError = (error: unknown) => void errors.push(error);
  for await (const each of datagrams(socketOf(arrivals), instantClock(delays), onError)) {
    const { address, port } = each.source;
    taken.push(`${new TextDecoder().decode(each.bytes)} from ${address}:${port}`);
  }
  return { taken, errors, pauses: delays.length };
}

Deno.test("every datagram is taken until the socket is closed, its source unmapped", async () => {
  assertEquals(await receive(["one", "", "three"]), {
    taken: ["one from 192.0.2.7:5", " from 192.0.2.7:5", "three from 192.0.2.7:5"],
    errors: [],
    pauses: 0,
  });
});

Deno.test("an error about one datagram is passed over, any other is told and paused for", async () => {
  const unknown = new Error("no buffers");
  const reset = new Deno.errors.ConnectionReset("far away");
  assertEquals(await receive(["a", reset, "b", unknown, "c"]), {
    taken: ["a", "b", "c"].map((text) => `${text} from 192.0.2.7:5`),
    errors: [unknown],
    pauses: 1,
  });
});
