import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Endpoint } from "../../../src/address.ts";
import { PeerError } from "../../../src/peer/errors.ts";
import { CONNECT_STAGGER_MS, CONNECT_TIMEOUT_MS } from "../../../src/peer/limits.ts";
import type { TcpStream } from "../../../src/peer/platform/platform.ts";
import { dial } from "../../../src/peer/signaling/dial.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";

const SIX: Endpoint = { address: "2001:db8::1", port: 6969 };
const FOUR: Endpoint = { address: "203.0.113.1", port: 6969 };
const OTHER_SIX: Endpoint = { address: "2001:db8::2", port: 6969 };

/** How an endpoint takes connections: after a time, or never, or not at all. */
type Manner = number | "hangs" | "refuses";

interface Scene {
  readonly world: World;
  readonly machine: Machine;
  readonly tried: string[];
  readonly streams: Set<TcpStream>;
}

function scene(manners: Record<string, Manner>): Scene {
  const world = new World();
  const machine = world.publicMachine("192.0.2.1");
  const tried: string[] = [];
  const streams = new Set<TcpStream>();
  machine.connectTcp = (to) => {
    tried.push(`${to.address} ${world.clock.nowMs()}`);
    const manner = manners[to.address];
    if (manner === "refuses") return Promise.reject(new Error("connection refused"));
    if (manner === "hangs") return new Promise(() => {});
    return new Promise((resolve) => {
      world.clock.schedule(manner, () => {
        const stream: TcpStream = {
          local: FOUR,
          remote: to,
          read: () => Promise.resolve(undefined),
          write: () => Promise.resolve(),
          close: () => streams.delete(stream),
        };
        streams.add(stream);
        resolve(stream);
      });
    });
  };
  return { world, machine, tried, streams };
}

const { signal } = new AbortController();

Deno.test("a family that is broken delays by a quarter of a second only", async () => {
  const { world, machine, tried } = scene({ [SIX.address]: "hangs", [FOUR.address]: 20 });
  const { endpoint } = await world.until(dial(machine, [SIX, OTHER_SIX, FOUR], signal));
  assertEquals(endpoint, FOUR);
  assertEquals(world.clock.nowMs(), CONNECT_STAGGER_MS + 20);
  assertEquals(tried, [`${SIX.address} 0`, `${FOUR.address} ${CONNECT_STAGGER_MS}`]);
});

Deno.test("a refusal lets the next address be tried at once", async () => {
  const { world, machine } = scene({ [SIX.address]: "refuses", [FOUR.address]: 20 });
  await world.until(dial(machine, [SIX, FOUR], signal));
  assertEquals(world.clock.nowMs(), 20);
});

Deno.test("of two connections that come about one is closed, however late", async () => {
  for (const lateMs of [CONNECT_STAGGER_MS + 30, 4_000, 20_000]) {
    const { world, machine, streams } = scene({ [SIX.address]: lateMs, [FOUR.address]: 30 });
    const { stream } = await world.until(dial(machine, [SIX, FOUR], signal));
    await world.run(30_000);
    assertEquals([...streams], [stream], `${lateMs} ms`);
    assertEquals(world.clock.nextEventMs, Infinity);
  }
});

Deno.test("of two connections that come about at one moment one is closed", async () => {
  const { world, machine } = scene({});
  const closed: string[] = [];
  const accept: (() => void)[] = [];
  machine.connectTcp = (to) =>
    new Promise((resolve) => {
      const close = () => void closed.push(to.address);
      accept.push(() => resolve({ remote: to, close } as TcpStream));
    });
  const dialling = dial(machine, [SIX, FOUR], signal);
  await world.run(CONNECT_STAGGER_MS);
  for (const one of accept) one();
  assertEquals((await world.until(dialling)).endpoint, SIX);
  await world.run(1_000);
  assertEquals(closed, [FOUR.address]);
});

Deno.test("when none takes the connection the error names all and why", async () => {
  const { world, machine } = scene({ [SIX.address]: "hangs", [FOUR.address]: "refuses" });
  const error = await world.until(
    dial(machine, [SIX, FOUR], signal).then(() => undefined, (error) => error),
  );
  assert(error instanceof PeerError);
  assertEquals(error.code, "server_unreachable");
  assert(error.message.includes("[2001:db8::1]:6969: no answer within 5 s"), error.message);
  assert(error.message.includes("203.0.113.1:6969: connection refused"), error.message);
  assertEquals(world.clock.nowMs(), CONNECT_TIMEOUT_MS);
});

Deno.test("an abort bites at once, and a connection that comes later is closed", async () => {
  const { world, machine, streams } = scene({ [FOUR.address]: 3_000 });
  const controller = new AbortController();
  const dialling = assertRejects(
    () => dial(machine, [FOUR], controller.signal),
    RangeError,
    "enough",
  );
  await world.run(100);
  controller.abort(new RangeError("enough"));
  await dialling;
  await world.run(5_000);
  assertEquals(streams.size, 0);
});
