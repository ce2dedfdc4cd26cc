/** Whatever bytes come, from wherever, and whenever: a link does not throw, and nothing changes. */

import { assertEquals } from "@std/assert";
import { decodePacket } from "../../../src/peer/channel/packet.ts";
import { Prng } from "../../simulated/prng.ts";
import { B, LinkPair, type Sent } from "./link_pair.ts";

const ROUNDS = 4_000;

function mutated(prng: Prng, packets: readonly Sent[], id: bigint): Uint8Array {
  const bytes = prng.pick(packets).bytes.slice(0, prng.integer(9, 120));
  for (let i = prng.integer(1, 4); i > 0; i--) {
    bytes[prng.integer(0, bytes.length - 1)] = prng.integer(0, 255);
  }
  if (prng.chance(0.9)) new DataView(bytes.buffer).setBigUint64(1, id);
  return bytes;
}

for (const phase of ["meeting", "open", "closing", "gone"] as const) {
  Deno.test(`hostile bytes change nothing in a link that is ${phase}`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      const prng = new Prng(seed);
      const pair = new LinkPair({ local: "not told", seed });
      const recorded = new LinkPair({ local: "not told", pairKey: "ee".repeat(16), seed });
      recorded.open();
      recorded.say(recorded.b, "recorded");
      recorded.close(recorded.b);
      if (phase === "meeting") pair.passes = () => false;
      pair.run(500);
      if (phase !== "meeting" && phase !== "open") pair.close(pair.a);
      if (phase === "gone") pair.run(1_000);
      const before = { path: pair.a.path, said: pair.a.said.length };
      for (let i = 0; i < ROUNDS; i++) {
        const bytes = mutated(prng, recorded.sent, pair.a.link.id);
        if (decodePacket(bytes) !== undefined) pair.inject(pair.a, bytes, B);
      }
      assertEquals({ path: pair.a.path, said: pair.a.said.length }, before, `seed ${seed}`);
      assertEquals(pair.a.received, []);
    }
  });
}
