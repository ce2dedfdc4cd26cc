import { assertEquals } from "@std/assert";
import { Prng } from "../simulated/prng.ts";
import { DEFAULT_SETTINGS, OFF } from "../support/settings.ts";
import { client, Rig, server } from "./rig.ts";

/** Room for all peers, and 1,000 more: a flood fills that in the first moment. */
const PEERS = 2_065;
const MAX_LEASES = PEERS + 1_000;
const REFRESH_MS = 30_000;
const STEP_MS = 100;
/** Forged datagrams a second, for so long: past the lease timeout, and two refreshes. */
const FLOODS = [
  { perSecond: 13_500, durationMs: 95_000 },
  { perSecond: 45_000, durationMs: 61_000 },
];

interface Host {
  readonly address: string;
  readonly source: string;
  readonly peerPort: number;
}

/** Connected peers by the size of their network: 5, 60 and 2,000. */
const GROUPS: Record<number, Host[]> = {
  5: Array.from({ length: 5 }, (_, i) => hostAt(`192.0.2.${i + 1}`, i)),
  60: Array.from({ length: 60 }, (_, i) => hostAt(`2001:db8:60:${i}::1`, i)),
  2000: Array.from({ length: 2_000 }, (_, i) => hostAt(`203.0.113.${1 + i % 250}`, i)),
};

function hostAt(address: string, peerPort: number): Host {
  const port = 10_000 + peerPort;
  return {
    address,
    source: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    peerPort,
  };
}

/** Any address that a datagram can come from, of both families. */
function forgedSource(prng: Prng): string {
  if (prng.chance(0.5)) {
    const groups = Array.from({ length: 3 }, () => (prng.next32() & 0xffff).toString(16));
    return `[2a00:${groups.join(":")}::1]:1234`;
  }
  const word = prng.next32();
  return `${11 + (word >>> 24) % 100}.${word >>> 16 & 255}.${word >>> 8 & 255}.${word & 255}:1234`;
}

function refreshes(rig: Rig, hosts: readonly Host[]): number {
  return hosts.filter(({ source, peerPort }) => rig.datagram(source, peerPort) === "renewed")
    .length;
}

for (const { perSecond, durationMs } of FLOODS) {
  Deno.test(`${perSecond} forged datagrams a second take no lease of a connected peer`, () => {
    const groups = Object.entries(GROUPS);
    const rig = new Rig({
      ...DEFAULT_SETTINGS,
      sessionsPerPrefix: OFF,
      maxSessions: PEERS + groups.length,
      maxLeases: MAX_LEASES,
    });
    const prng = new Prng(perSecond);
    for (const host of groups.flatMap(([, hosts]) => hosts)) {
      rig.datagram(host.source, host.peerPort);
      rig.ask(host.address, server(host.peerPort));
    }
    const newest: string[] = [];
    for (let ms = STEP_MS; ms <= durationMs; ms += STEP_MS) {
      rig.at(ms);
      rig.trace.length = 0;
      for (let i = 0; i < perSecond * STEP_MS / 1000; i++) {
        const source = forgedSource(prng);
        rig.datagram(source, 7);
        newest[i] = source;
      }
      if (ms % REFRESH_MS !== 0) continue;
      for (const [size, hosts] of groups) {
        assertEquals(refreshes(rig, hosts), hosts.length, `networks of ${size} at ${ms}`);
      }
    }
    assertEquals(rig.manager.leaseCount, MAX_LEASES);
    assertLastAreLeft(rig, newest);
    for (const [i, [, hosts]] of groups.entries()) {
      const host = hosts[hosts.length - 1];
      const joining = hostAt(host.address.includes(":") ? "2620:fe::1" : "9.9.9.9", i);
      rig.datagram(joining.source, joining.peerPort);
      rig.ask(joining.address, client(joining.peerPort, `${host.address}/${host.peerPort}`)).told(
        `${durationMs} you ${joining.source}, remote ${host.source}`,
        `${durationMs} end`,
      );
    }
  });
}

/** Of what nobody uses the oldest went first: exactly the last that came are left. */
function assertLastAreLeft(rig: Rig, inOrder: readonly string[]): void {
  const last = inOrder.slice(-(MAX_LEASES - PEERS));
  for (const source of last) assertEquals(rig.datagram(source, 7), "renewed");
  assertEquals(rig.datagram(inOrder[inOrder.length - last.length - 1], 7), "created");
}
