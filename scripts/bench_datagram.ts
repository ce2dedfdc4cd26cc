/**
 * Where the time of a datagram goes, by measuring each step alone in this process.
 *
 * @module
 */

import { isUnicast, packAddress, unmapAddress } from "../src/address.ts";
import { systemClock } from "../src/clock.ts";
import { decodeRegistration } from "../src/protocol/decode.ts";
import { encodeRegistration } from "../src/protocol/encode.ts";
import { LeaseManager } from "../src/rendezvous/lease_manager.ts";
import { hashPrefix } from "../src/rendezvous/prefix.ts";
import { Service } from "../src/rendezvous/service.ts";
import { countingRandom32 } from "../tests/rendezvous/rig.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../tests/support/settings.ts";
import { nanoseconds } from "./stopwatch.ts";

/** As many leases as a busy server has, so that none of them stays in the nearest cache. */
const LEASES = 200_000;
const SOURCE = { address: "203.0.113.7", port: 50_000 };
/** Prefixes of a datagram's source that are hashed: two levels in two rows. */
const CELLS = 4;

/** Prints the cost of each step; some are part of others. */
export function benchDatagram(): void {
  const datagrams = Array.from(
    { length: LEASES },
    (_, i) => encodeRegistration({ peerPort: BigInt(i), token: undefined }),
  );
  let next = 0;
  const another = () => datagrams[next = (next + 1) % LEASES];
  const packed = packAddress(SOURCE.address);
  const sourceBytes = new TextEncoder().encode(`::ffff:${SOURCE.address}`);
  const decoder = new TextDecoder();
  const withoutToken = encodeRegistration({ peerPort: 12_345n, token: undefined });
  const withToken = encodeRegistration({ peerPort: 12_345n, token: "kJ3x9Qm2vLr8" });

  row("decode", () => decodeRegistration(withoutToken));
  row("decode one with a Token", () => decodeRegistration(withToken));
  row("unmap the address", () => unmapAddress(decoder.decode(sourceBytes)));
  row("make the text of an address (not ours)", () => decoder.decode(sourceBytes));
  row("address to words", () => packAddress(SOURCE.address).word3);
  row("check the source", () => isUnicast(packed));
  row("hash four prefixes", () => {
    let sum = 0;
    for (let seed = 0; seed < CELLS; seed++) {
      sum += hashPrefix(packed, seed % 2 === 0 ? "address" : "network", seed);
    }
    return sum;
  });
  row("read the clock", () => systemClock.nowMs());
  const service = newService();
  row("receive: decode, admit, find and renew", () => service.receive(another(), SOURCE, 0));
  row("receive one that is dropped", () => service.receive(sourceBytes, SOURCE, 0));
}

function newService(): Service {
  const random32 = countingRandom32();
  const settings = { ...SETTINGS_WITHOUT_LIMITS, maxLeases: LEASES };
  return new Service(new LeaseManager(settings, { random32, pairKey: () => "" }), random32);
}

function row(step: string, call: () => unknown): void {
  console.log(`  ${step.padEnd(42)}${nanoseconds(call).toFixed(0).padStart(6)} ns`);
}
