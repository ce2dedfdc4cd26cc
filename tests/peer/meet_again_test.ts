import { assert, assertEquals } from "@std/assert";
import { canMeet, NATS } from "../simulated/nat_kinds.ts";
import { connect, type Connection, host, join, type PeerEvent } from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";

const SERVER = "server.test";
const ROAMING_MS = 6_000;
const RESTART_MS = 5_000;

/** Both sides say something again and again, and note when they last heard something. */
class Talk {
  readonly heardMs = [-Infinity, -Infinity];
  #isOver = false;

  constructor(readonly world: World, readonly connections: readonly [Connection, Connection]) {
    for (const [side, connection] of connections.entries()) {
      this.#listen(connection, side);
      this.#speak(connection);
    }
  }

  /** Lets time pass until both hear each other again. @returns how long that took */
  async untilHeard(withinMs: number): Promise<number> {
    const startMs = this.world.clock.nowMs();
    const sentMs = startMs + 100;
    while (this.heardMs.some((heardMs) => heardMs < sentMs)) {
      await this.world.run(50);
      const elapsedMs = this.world.clock.nowMs() - startMs;
      assert(elapsedMs <= withinMs, `not within ${withinMs} ms`);
    }
    return this.world.clock.nowMs() - startMs;
  }

  end(): void {
    this.#isOver = true;
  }

  async #listen(connection: Connection, side: number): Promise<void> {
    for await (const _ of connection) this.heardMs[side] = this.world.clock.nowMs();
  }

  #speak(connection: Connection): void {
    if (this.#isOver) return;
    connection.send(Uint8Array.of(1)).catch(() => {});
    this.world.clock.schedule(100, () => this.#speak(connection));
  }
}

function note(events: string[]): (event: PeerEvent) => void {
  return ({ kind }) => void events.push(kind);
}

async function pairOf(world: World, a: Machine, b: Machine, events: string[]) {
  const onEvent = note(events);
  return await world.until(Promise.all([
    connect({ server: SERVER, localPeerPort: 1, remote: "198.51.100.2/2", platform: a, onEvent }),
    connect({ server: SERVER, localPeerPort: 2, remote: "198.51.100.1/1", platform: b, onEvent }),
  ]));
}

for (const [aName, aNat] of Object.entries(NATS)) {
  for (const [bName, bNat] of Object.entries(NATS)) {
    if (!canMeet(aName, bName)) continue;
    Deno.test(`a NAT that maps anew is survived within 6 s: ${aName}, ${bName}`, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const world = new World({ seed });
        const nat = world.nat(aNat);
        const a = world.machineBehind(nat, "192.168.1.2");
        const b = world.machineBehind(world.nat(bNat), "10.0.0.2");
        const events: string[] = [];
        const talk = new Talk(world, await pairOf(world, a, b, events));
        await world.run(3_000);
        nat.restart();
        await talk.untilHeard(ROAMING_MS);
        talk.end();
        assert(!events.includes("restarted"), `seed ${seed}: ${events}`);
      }
    });
  }
}

Deno.test("a joiner that roams to another network goes on with the same connection", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const world = new World({ seed });
    const hosting = await world.until(
      host({ server: SERVER, localPeerPort: 1, platform: world.publicMachine("192.0.2.1") }),
    );
    await world.run(1_000);
    const laptop = world.publicMachine("192.0.2.2");
    const events: string[] = [];
    const toHost = await world.until(join({
      server: SERVER,
      localPeerPort: 2,
      remote: "192.0.2.1/1",
      platform: laptop,
      onEvent: note(events),
    }));
    const { value } = await world.until(hosting[Symbol.asyncIterator]().next());
    const talk = new Talk(world, [toHost, value!]);
    await world.run(3_000);
    laptop.moveTo("198.51.100.77");
    await talk.untilHeard(ROAMING_MS);
    talk.end();
    assertEquals(toHost.restartCount, 0);
    assert(events.includes("renewed"), events.join());
  }
});

/** When things of one kind happened. */
class Times {
  readonly #noted: { readonly kind: PeerEvent["kind"]; readonly atMs: number }[] = [];

  constructor(readonly world: World) {}

  readonly note = ({ kind }: PeerEvent): void => {
    this.#noted.push({ kind, atMs: this.world.clock.nowMs() });
  };

  of(kind: PeerEvent["kind"]): number[] {
    return this.#noted.filter((noted) => noted.kind === kind).map(({ atMs }) => atMs);
  }
}

/** How soon a restarted host is missed: a hint follows the first packet, three probes and 1 s that. */
const MISSED_MS = { "with traffic": 1_500, "without traffic": 4_200 } as const;

for (const [traffic, missedMs] of Object.entries(MISSED_MS)) {
  Deno.test(`a host that was killed and started again is back in 5 s for who waits, ${traffic}`, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const world = new World({ seed });
      const machine = world.machineBehind(world.nat(NATS["port restricted"]), "10.0.0.2");
      const options = { server: SERVER, localPeerPort: 1, platform: machine, token: "kept" };
      const first = await world.until(host(options));
      await world.run(1_000);
      const times = new Times(world);
      const toHost = await world.until(join({
        server: SERVER,
        localPeerPort: 2,
        remote: "198.51.100.1/1",
        platform: world.machineBehind(world.nat(NATS["port restricted"])),
        wait: "on",
        onEvent: times.note,
      }));
      const { value: toClient } = await world.until(first[Symbol.asyncIterator]().next());
      const talk = new Talk(world, [toHost, toClient!]);
      await world.run(2_000);
      if (traffic === "without traffic") talk.end();
      await world.run(200 * seed);
      // Killed: nothing of it is said any more by UDP. The system closes its TCP connections.
      machine.sockets.clear();
      first.close();
      const startMs = world.clock.nowMs();
      const second = await world.until(host(options));
      const { value: again } = await world.until(second[Symbol.asyncIterator]().next());
      const backMs = world.clock.nowMs() - startMs;
      assert(backMs <= RESTART_MS, `seed ${seed}: ${backMs} ms`);
      const silentMs = times.of("silent")[0] - startMs;
      assert(silentMs <= missedMs, `seed ${seed}: silent after ${silentMs} ms`);
      talk.end();
      const talkAgain = new Talk(world, [toHost, again!]);
      await talkAgain.untilHeard(1_000);
      talkAgain.end();
      assertEquals([toHost.restartCount, times.of("restarted").length], [1, 1]);
    }
  });
}

Deno.test("a peer that was killed and asks again is met within 5 s, though nobody speaks", async () => {
  const world = new World();
  const b = world.publicMachine("192.0.2.2");
  const both = (platform: Machine, times: Times) => {
    const [localPeerPort, remote] = platform === b ? [2, "192.0.2.1/1"] : [1, "192.0.2.2/2"];
    return connect({
      ...{ server: SERVER, localPeerPort, remote, platform, token: `kept by ${localPeerPort}` },
      onEvent: times.note,
    });
  };
  const a = world.publicMachine("192.0.2.1");
  const times = new Times(world);
  const [toB] = await world.until(Promise.all([both(a, times), both(b, new Times(world))]));
  await world.run(10_000);
  b.sockets.clear();
  const startMs = world.clock.nowMs();
  const toA = await world.until(both(b, new Times(world)));
  assert(world.clock.nowMs() - startMs <= RESTART_MS, `${world.clock.nowMs() - startMs} ms`);
  assert(times.of("silent")[0] - startMs <= MISSED_MS["without traffic"]);
  const talk = new Talk(world, [toB, toA]);
  await talk.untilHeard(1_000);
  talk.end();
  assertEquals(toB.restartCount, 1);
});

Deno.test("an idle joiner that roams goes on with the same connection within 6 s", async () => {
  const world = new World();
  await world.until(
    host({ server: SERVER, localPeerPort: 1, platform: world.publicMachine("192.0.2.1") }),
  );
  await world.run(1_000);
  const laptop = world.publicMachine("192.0.2.2");
  const times = new Times(world);
  const toHost = await world.until(join({
    ...{ server: SERVER, localPeerPort: 2, remote: "192.0.2.1/1", platform: laptop },
    onEvent: times.note,
  }));
  await world.run(60_000);
  laptop.moveTo("198.51.100.77");
  const startMs = world.clock.nowMs();
  await world.run(ROAMING_MS);
  assertEquals(times.of("renewed").length, 1, `${times.of("silent")[0] - startMs} ms to silence`);
  assertEquals(toHost.restartCount, 0);
});
