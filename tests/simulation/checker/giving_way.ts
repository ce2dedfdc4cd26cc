/**
 * Who gives way at a full server: the rule of docs/PROTOCOL.md as one would write it without a
 * thought for speed, by looking at every session.
 *
 * @module
 */

import type { Address } from "../../../src/address.ts";

/** What the rule must know of a session that has a place. */
export interface Placed {
  /** Larger than that of every session that came before. */
  readonly id: number;
  readonly address: Address;
  readonly connectedMs: number;
  readonly request?: { readonly connectionType: "Server" | "Client" | "Peer" } | undefined;
  readonly requestMs: number;
  /** Place in the order of requests. */
  readonly askedAt: number;
  /** Place in the order in which sessions got their first lease; `undefined` before that. */
  readonly leasedAt: number | undefined;
}

/** "... those that made no request for 2 s", and so on. */
const GRACE_MS = 2_000;
/** "... the Peer that has waited longest of all gives way if that is 60 s or more". */
const LONG_WAIT_MS = 60_000;
/** "an IPv6 /32 counts as one network, too, with a sixteenth of what it holds". */
const BLOCK_SHARE = 16;

/**
 * Whom a newcomer displaces when all places are taken.
 *
 * @param sessions everybody who has a place
 * @returns the session that gives way, or `undefined` when nobody does
 */
export function whoGivesWay<Session extends Placed>(
  sessions: readonly Session[],
  address: Address,
  nowMs: number,
): Session | undefined {
  const own = sessions.filter((each) => networkOf(each.address) === networkOf(address));
  const { giving, lead } = largest(sessions, address, own.length);
  const going = lead >= 2 ? firstToGo(giving, nowMs, "other") : firstToGo(own, nowMs, "own");
  return going ?? longWaiting(sessions, networkOf(address), nowMs);
}

/** The network that holds most, and by how many that is more than the newcomer's own. */
function largest<Session extends Placed>(
  sessions: readonly Session[],
  address: Address,
  own: number,
): { giving: readonly Session[]; lead: number } {
  const network = largestOf(groupsOf(sessions, networkOf), [
    size,
    sizeOfLargest,
    newestOfLargest,
  ]);
  const inBlock = (members: readonly Session[]) =>
    largestOf(groupsOf(members, networkOf), [sizeOfLargest, size, newestOfLargest]);
  const block = largestOf(groupsOf(sessions, blockOf), [
    size,
    (members) => sizeOfLargest(inBlock(members)),
    (members) => inBlock(members).length,
    (members) => newestOfLargest(inBlock(members)),
  ]);
  if (block.length / BLOCK_SHARE <= network.length) {
    return { giving: network, lead: network.length - own };
  }
  const giving = inBlock(block);
  const isOwn = blockOf(block[0].address) === blockOf(address);
  return { giving, lead: (isOwn ? giving.length : block.length / BLOCK_SHARE) - own };
}

function firstToGo<Session extends Placed>(
  network: readonly Session[],
  nowMs: number,
  whose: "own" | "other",
): Session | undefined {
  const held = largestOf(groupsOf(network, addressOf), [size, newestOf]);
  const live = held.filter(({ request, leasedAt }) => {
    return request?.connectionType === "Server" && leasedAt !== undefined;
  });
  if (live.length > held.length / 2) return last(live, ({ leasedAt }) => leasedAt as number);
  const silent = held.filter(({ request, connectedMs }) => {
    return request === undefined && nowMs - connectedMs >= GRACE_MS;
  });
  if (silent.length > 0) return first(silent, ({ id }) => id);
  const asked = held.filter(({ request, requestMs }) => {
    return request !== undefined && nowMs - requestMs >= GRACE_MS;
  });
  const unleased = asked.filter(({ leasedAt }) => leasedAt === undefined);
  if (unleased.length > 0) return first(unleased, ({ askedAt }) => askedAt);
  const waiting = asked.filter(({ request }) => request?.connectionType !== "Server");
  if (waiting.length > 0) return first(waiting, ({ askedAt }) => askedAt);
  return whose === "other" ? last(held, ({ id }) => id) : undefined;
}

function longWaiting<Session extends Placed>(
  sessions: readonly Session[],
  own: string,
  nowMs: number,
): Session | undefined {
  const peers = sessions.filter(({ request }) => request?.connectionType === "Peer");
  const longest = first(peers, ({ askedAt }) => askedAt);
  if (longest === undefined || nowMs - longest.requestMs < LONG_WAIT_MS) return undefined;
  const network = networkOf(longest.address);
  const held = sessions.filter((each) => networkOf(each.address) === network);
  const average = sessions.length / groupsOf(sessions, networkOf).length;
  return network === own || held.length >= average ? longest : undefined;
}

type PrefixOf = (address: Address) => string | undefined;
type Measure<Session> = (sessions: readonly Session[]) => number;

function groupsOf<Session extends Placed>(
  sessions: readonly Session[],
  prefixOf: PrefixOf,
): Session[][] {
  const groups = Map.groupBy(sessions, ({ address }) => prefixOf(address));
  return [...groups].filter(([prefix]) => prefix !== undefined).map(([, group]) => group);
}

/** The group that is largest by the first measure; of equal ones by the next, and so on. */
function largestOf<Session extends Placed>(
  groups: readonly (readonly Session[])[],
  measures: readonly Measure<Session>[],
): readonly Session[] {
  const ranked = groups.map((group) => ({ group, ranks: measures.map((of) => of(group)) }));
  ranked.sort((a, b) => {
    const at = a.ranks.findIndex((rank, i) => rank !== b.ranks[i]);
    return at < 0 ? 0 : b.ranks[at] - a.ranks[at];
  });
  return ranked[0]?.group ?? [];
}

const size: Measure<Placed> = (sessions) => sessions.length;
const newestOf: Measure<Placed> = (sessions) => Math.max(...sessions.map(({ id }) => id));
const largestAddress = (sessions: readonly Placed[]) =>
  largestOf(groupsOf(sessions, addressOf), [size, newestOf]);
const sizeOfLargest: Measure<Placed> = (sessions) => largestAddress(sessions).length;
const newestOfLargest: Measure<Placed> = (sessions) => newestOf(largestAddress(sessions));

function first<Session>(
  sessions: readonly Session[],
  key: (session: Session) => number,
): Session | undefined {
  return sessions.toSorted((a, b) => key(a) - key(b))[0];
}

function last<Session>(
  sessions: readonly Session[],
  key: (session: Session) => number,
): Session | undefined {
  return sessions.toSorted((a, b) => key(b) - key(a))[0];
}

/** IPv4 /32 or IPv6 /64. Simulated IPv6 addresses write four groups first. */
export function addressOf(address: Address): string {
  return address.includes(":") ? firstGroups(address, 4) : address;
}

/** IPv4 /24 or IPv6 /48. */
export function networkOf(address: Address): string {
  return address.includes(":")
    ? firstGroups(address, 3)
    : address.slice(0, address.lastIndexOf("."));
}

/** IPv6 /32. */
function blockOf(address: Address): string | undefined {
  return address.includes(":") ? firstGroups(address, 2) : undefined;
}

function firstGroups(address: Address, count: number): string {
  let end = -1;
  for (let i = 0; i < count; i++) end = address.indexOf(":", end + 1);
  return address.slice(0, end);
}
