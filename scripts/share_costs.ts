/**
 * Measures what it costs to share out the places of a full server: processor time for each newcomer
 * who displaces somebody, and memory for each session.
 *
 *     deno run scripts/share_costs.ts
 *
 * @module
 */

import { packAddress } from "../src/address.ts";
import { SessionShares, type ShareEntry } from "../src/rendezvous/session_shares.ts";
import { NO_SLOT } from "../src/rendezvous/slot_lists.ts";

const SIZES = [10_000, 100_000];
const MEMORY_SIZE = 100_000;
const ADMISSIONS = 300_000;
/** Newcomers come from here and there: a prime that divides no size. */
const STRIDE = 7_919;

/** Where sessions come from: the address of the `i`th. */
interface Origin {
  readonly name: string;
  address(i: number): string;
}

const ORIGINS: readonly Origin[] = [
  {
    name: "an IPv4 /24 each",
    address: (i) => `${1 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.1`,
  },
  { name: "254 addresses of an IPv4 /24", address: (i) => `192.0.2.${1 + i % 254}` },
  { name: "one IPv4 address", address: () => "192.0.2.1" },
  {
    name: "a /48 each of one IPv6 /32",
    address: (i) => `2001:db8:${(i & 0xffff).toString(16)}:${(i >> 16).toString(16)}::1`,
  },
];

/** What one session takes of the shares' arrays and of its own object. */
class Entry implements ShareEntry {
  readonly address: string;
  readonly connectedMs = 0;
  readonly requestMs = 0;
  readonly request = { connectionType: "Server" } as const;
  shareSlot = NO_SLOT;

  constructor(address: string) {
    this.address = address;
  }
}

function newShares(maxSessions: number): SessionShares<Entry> {
  let state = 1;
  const random32 = () => state = Math.imul(state, 0x19660d) + 0x3c6ef35f >>> 0;
  const sessionsPerPrefix = { address: 0, network: 0 };
  return new SessionShares({ maxSessions, sessionsPerPrefix, random32 });
}

function settle(shares: SessionShares<Entry>, entry: Entry): void {
  shares.add(entry);
  shares.requested(entry);
  shares.gotLease(entry);
}

/** A full server of live hosts; each newcomer displaces one of his network and becomes a host. */
function nanosecondsPerAdmission(size: number, origin: Origin): number {
  const shares = newShares(size);
  for (let i = 0; i < size; i++) settle(shares, new Entry(origin.address(i)));
  const newcomers = Array.from({ length: ADMISSIONS }, (_, i) => {
    return new Entry(origin.address(i * STRIDE % size));
  });
  const startMs = performance.now();
  for (const newcomer of newcomers) {
    const place = shares.place(newcomer.address, 1);
    if (place.kind !== "given_up") {
      throw new Error(`Cannot measure: expected that a session gives way, received ${place.kind}`);
    }
    shares.remove(place.by);
    settle(shares, newcomer);
  }
  return (performance.now() - startMs) / ADMISSIONS * 1e6;
}

/** What has been measured stays, so that the next one's arrays are not made of its memory. */
const measured: unknown[] = [];

/** Growth of the resident memory while a server fills up, without the sessions themselves. */
function bytesPerSession(size: number, origin: Origin): number {
  const entries = Array.from({ length: size }, (_, i) => new Entry(origin.address(i)));
  // What addresses leave for the garbage collector has grown its heap before.
  for (const { address } of entries) measured.push(packAddress(address).word3);
  const before = Deno.memoryUsage().rss;
  const shares = newShares(size);
  for (const entry of entries) settle(shares, entry);
  const grown = Deno.memoryUsage().rss - before;
  measured.push(shares, entries);
  return grown / size;
}

/** One line for each size and origin. */
export function shareCosts(): string[] {
  // Before anything else, while no freed memory can be used again; once for the compiler's sake.
  bytesPerSession(MEMORY_SIZE, ORIGINS[0]);
  const memory = ORIGINS.map((origin) => {
    const bytes = Math.round(bytesPerSession(MEMORY_SIZE, origin));
    return `${bytes} bytes per session: ${origin.name}`;
  });
  const time = SIZES.flatMap((size) =>
    ORIGINS.map((origin) => {
      const ns = Math.round(nanosecondsPerAdmission(size, origin));
      return `${ns} ns per newcomer who displaces one of ${size}: ${origin.name}`;
    })
  );
  return [...memory, ...time];
}

if (import.meta.main) { for (const line of shareCosts()) console.log(line); }
