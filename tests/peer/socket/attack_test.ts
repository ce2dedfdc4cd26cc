/** Two peers, and somebody who sees all that they send: nothing comes of it but delay. */

import { assert, assertEquals } from "@std/assert";
import { decodePacket } from "../../../src/peer/channel/packet.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import type { ConnectionEvent } from "../../../src/peer/events.ts";
import { type Attack, Attacker, ATTACKS } from "../../simulated/attacker.ts";
import { World } from "../../simulated/peer_platform.ts";
import { introduce, isTurn, type Placed, publicPeer } from "./introductions.ts";

const SEEDS = 12;
const ROUNDS = 120;
const SECRET = new Uint8Array(32).fill(7);

interface Scene {
  readonly world: World;
  readonly attacker: Attacker;
  readonly peers: readonly [Placed, Placed];
  readonly connections: readonly [Connection, Connection];
  readonly events: ConnectionEvent["kind"][];
}

async function meet(seed: number, attacks: readonly Attack[]): Promise<Scene> {
  const world = new World({ seed });
  const attacker = new Attacker(world, attacks);
  const peers = [publicPeer(world, "192.0.2.1"), publicPeer(world, "192.0.2.2")] as const;
  const events: ConnectionEvent["kind"][] = [];
  const onEvent = (event: ConnectionEvent) => void (isTurn(event) && events.push(event.kind));
  const [a, b] = introduce(peers[0].observed, peers[1].observed);
  const connections = await world.until(Promise.all([
    peers[0].socket.connect(a, "b", { mode: "Client", secret: SECRET, onEvent }),
    peers[1].socket.connect(b, "a", { mode: "Server", secret: SECRET, onEvent }),
  ]));
  return { world, attacker, peers, connections, events };
}

/** Both sides talk for a while. @returns what each of them got */
async function talk({ world, connections }: Scene): Promise<string[][]> {
  const received: string[][] = [[], []];
  for (const [side, connection] of connections.entries()) {
    (async () => {
      for await (const datagram of connection) {
        received[side].push(new TextDecoder().decode(datagram));
      }
    })();
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, connection] of connections.entries()) {
      connection.send(new TextEncoder().encode(`plain text ${side}/${round}`));
    }
    await world.run(250);
  }
  await world.run(5_000);
  return received;
}

function assertGenuine(received: readonly string[], sender: number): void {
  assertEquals(new Set(received).size, received.length, "each once");
  const sent = new Set(
    Array.from({ length: ROUNDS }, (_, round) => `plain text ${sender}/${round}`),
  );
  assertEquals(received.filter((text) => !sent.has(text)), [], "only what was sent");
}

/** No two packets of one direction of a link have the same counter; data packets never repeat. */
function assertNoCounterTwice({ peers }: Scene): void {
  for (const { machine } of peers) {
    const used = new Map<string, string>();
    for (const { bytes } of [...machine.sockets].flatMap(({ sent }) => sent)) {
      const packet = decodePacket(bytes);
      if (packet === undefined || !("counter" in packet)) continue;
      const key = `${packet.id} ${packet.counter}`;
      const text = bytes.toHex();
      assert((used.get(key) ?? text) === text, `counter ${packet.counter} twice`);
      used.set(key, text);
    }
  }
}

for (const attack of [...ATTACKS, "everything"] as const) {
  Deno.test(`an attacker who can ${attack} reads, changes, repeats and ends nothing`, async () => {
    const attacks = attack === "everything" ? ATTACKS : [attack];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const scene = await meet(seed, attacks);
      const received = await talk(scene);
      assertGenuine(received[0], 1);
      assertGenuine(received[1], 0);
      assert(received.every(({ length }) => length > 0.9 * ROUNDS), `seed ${seed}`);
      // Delayed answers can look like silence; nothing comes of that but probes.
      const events = scene.events.filter((kind) => kind !== "silent" && kind !== "recovered");
      assertEquals(events, [], `seed ${seed}`);
      const paths = scene.connections.map(({ path }) => path.endpoint.address);
      assertEquals(paths, ["192.0.2.2", "192.0.2.1"], `seed ${seed}`);
      assertNoCounterTwice(scene);
      const { seen, spoofedBytes, victimBytes } = scene.attacker;
      assert(victimBytes <= spoofedBytes + 3_000, `${victimBytes} for ${spoofedBytes} bytes`);
      for (const { bytes } of seen) {
        assert(!new TextDecoder().decode(bytes).includes("plain text"), "in clear");
      }
    }
  });
}

Deno.test("what was recorded in one introduction does nothing in the next", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const first = await meet(seed, ["repeat"]);
    await talk(first);
    const { world, peers, attacker } = first;
    const [a, b] = introduce(peers[0].observed, peers[1].observed);
    const again = Promise.all([
      peers[0].socket.connect(a, "b", { mode: "Client", secret: SECRET }),
      peers[1].socket.connect(b, "a", { mode: "Server", secret: SECRET }),
    ]);
    for (const packet of attacker.seen) {
      // Old packets, with the new link's name.
      const renamed = packet.bytes.slice();
      const [udp] = peers[0].machine.sockets;
      renamed.set(udp.sent.at(-1)!.bytes.subarray(1, 9), 1);
      world.internet.send({ ...packet, bytes: renamed });
    }
    const connections = await world.until(again);
    const received = await talk({ ...first, connections });
    assertGenuine(received[0], 1);
    assertGenuine(received[1], 0);
  }
});
