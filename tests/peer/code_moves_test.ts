/** Peers that met by a code, and one of them moves. */

import { assert, assertEquals } from "@std/assert";
import { connect, type Connection, host, join } from "../../src/peer/mod.ts";
import { NATS } from "../simulated/nat_kinds.ts";
import type { Nat } from "../simulated/nat.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { begun, CODE, SERVER, untilMet } from "./code_scene.ts";

/** How soon who moved is found by its code, and those that it was connected with are met again. */
const FOUND_MS = 6_000;
const NEW_ADDRESS = "198.51.100.200";

/** A machine at home, which can leave. */
interface Home {
  readonly machine: Machine;
  readonly nat: Nat;
}

function homeIn(world: World, address: string): Home {
  const nat = world.nat(NATS["port restricted"]);
  return { nat, machine: world.machineBehind(nat, address) };
}

/** What changes the public address of a home; the machine notices only the first by itself. */
const MOVES = {
  "gets another address inside": (_: World, { machine }: Home) => machine.moveTo("10.0.0.77"),
  "gets another address from its provider": (_: World, { machine, nat }: Home) => {
    nat.restart([NEW_ADDRESS]);
    // The router has forgotten its connections, and says nothing to either side.
    for (const stream of machine.streams) stream.vanish();
  },
  "is carried to another network": (world: World, { machine }: Home) => {
    machine.carryTo(world.internet, NEW_ADDRESS);
  },
} as const;

/** Both sides of a connection as they hear each other. */
class Talk {
  readonly heardMs: [number, number] = [-Infinity, -Infinity];

  constructor(readonly world: World, readonly sides: readonly [Connection, Connection]) {
    for (const [side, connection] of sides.entries()) this.#listen(connection, side);
  }

  /** Both speak every 100 ms until both were heard. @returns how long that took */
  async untilHeard(): Promise<number> {
    const startMs = this.world.clock.nowMs();
    while (this.heardMs.some((heardMs) => heardMs < startMs)) {
      for (const connection of this.sides) connection.send(Uint8Array.of(1)).catch(() => {});
      await this.world.run(100);
      assert(this.world.clock.nowMs() - startMs < 60_000, "not within a minute");
    }
    return this.world.clock.nowMs() - startMs;
  }

  async #listen(connection: Connection, side: number): Promise<void> {
    for await (const _ of connection) this.heardMs[side] = this.world.clock.nowMs();
  }
}

/** A talk that has gone on for a while does so soon after somebody moves, as the same connection. */
async function assertGoesOn(talk: Talk, move: () => void, seed: number): Promise<void> {
  await talk.untilHeard();
  await talk.world.run(20_000 + 333 * seed);
  move();
  const tookMs = await talk.untilHeard();
  assert(tookMs <= FOUND_MS, `seed ${seed}: ${tookMs} ms`);
  assertEquals(talk.sides.map(({ restartCount }) => restartCount), [0, 0]);
}

async function pairOf(world: World, hosting: Machine, joining: Machine): Promise<Talk> {
  const options = { server: SERVER, code: CODE };
  const hosted = await untilMet(world, host({ ...options, platform: hosting }));
  await world.run(1_000);
  const toHost = await untilMet(world, join({ ...options, platform: joining, wait: "on" }));
  const { value: toJoiner } = await world.until(hosted[Symbol.asyncIterator]().next());
  return new Talk(world, [toHost, toJoiner!]);
}

for (const [name, move] of Object.entries(MOVES)) {
  for (const traffic of ["talks", "is idle"]) {
    Deno.test(`a host that ${name} meets its joiner again within 6 s, and ${traffic}`, async () => {
      let longestMs = 0;
      for (let seed = 1; seed <= 2; seed++) {
        const world = new World({ seed });
        const home = homeIn(world, "10.0.0.2");
        const talk = await pairOf(world, home.machine, homeIn(world, "192.168.1.2").machine);
        await talk.untilHeard();
        await world.run(20_000 + 333 * seed);
        move(world, home);
        if (traffic === "is idle") await world.run(FOUND_MS - 500);
        const tookMs = (traffic === "is idle" ? FOUND_MS - 500 : 0) + await talk.untilHeard();
        longestMs = Math.max(longestMs, tookMs);
        assertEquals(talk.sides.map(({ restartCount }) => restartCount), [0, 0]);
      }
      assert(longestMs <= FOUND_MS, `${longestMs} ms`);
    });
  }

  Deno.test(`a host that ${name} is found by its code within 6 s by who joins just then`, async () => {
    for (let seed = 0; seed <= 8; seed += 4) {
      const world = new World({ seed });
      const home = homeIn(world, "10.0.0.2");
      await untilMet(world, host({ server: SERVER, code: CODE, platform: home.machine }));
      const stranger = world.publicMachine("192.0.2.9");
      await world.run(20_000 + 777 * seed);
      move(world, home);
      await world.run(500 * seed);
      const startMs = world.clock.nowMs();
      await untilMet(world, join({ server: SERVER, code: CODE, platform: stranger }));
      const tookMs = world.clock.nowMs() - startMs;
      assert(tookMs <= FOUND_MS, `seed ${seed}: ${tookMs} ms`);
    }
  });

  Deno.test(`a joiner that ${name} meets the host again within 6 s`, async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const world = new World({ seed });
      const home = homeIn(world, "10.0.0.2");
      const talk = await pairOf(world, homeIn(world, "192.168.1.2").machine, home.machine);
      await assertGoesOn(talk, () => move(world, home), seed);
    }
  });

  Deno.test(`one of two that ${name} is met again within 6 s`, async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const world = new World({ seed });
      const home = homeIn(world, "10.0.0.2");
      const options = { server: SERVER, code: CODE };
      const both = [home.machine, homeIn(world, "192.168.1.2").machine]
        .map((platform) => connect({ ...options, platform }));
      await begun(...both);
      const talk = new Talk(
        world,
        await world.until(Promise.all(both)) as [Connection, Connection],
      );
      await assertGoesOn(talk, () => move(world, home), seed);
    }
  });
}
