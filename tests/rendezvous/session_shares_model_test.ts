import { assert, assertEquals } from "@std/assert";
import { SessionShares } from "../../src/rendezvous/session_shares.ts";
import { Prng } from "../simulated/prng.ts";
import { type ConnectionType, ScriptedEntry } from "./shares_rig.ts";

/** A session as the model knows it. */
interface ModelSession {
  readonly entry: ScriptedEntry;
  readonly number: number;
  /** Place in the order in which sessions got their leases. */
  leased: number | undefined;
}

/** The rule of docs/PROTOCOL.md as one would write it without a thought for speed. */
class Model {
  sessions: ModelSession[] = [];
  maxSessions: number;
  #steps = 0;

  constructor(maxSessions: number) {
    this.maxSessions = maxSessions;
  }

  add(entry: ScriptedEntry): void {
    this.sessions.push({ entry, number: ++this.#steps, leased: undefined });
  }

  gotLease(session: ModelSession): void {
    session.leased ??= ++this.#steps;
  }

  remove(entry: ScriptedEntry): void {
    this.sessions = this.sessions.filter((session) => session.entry !== entry);
  }

  place(address: string, nowMs: number): ScriptedEntry | "free" | "full" {
    if (this.sessions.length < this.maxSessions) return "free";
    const own = this.#of(networkOf, networkOf(address));
    const { giving, lead } = this.#largest(address, own.length);
    const going = lead >= 2 ? this.#going(giving, nowMs, "other") : this.#going(own, nowMs, "own");
    return going ?? this.#longWaiting(networkOf(address), nowMs) ?? "full";
  }

  #largest(address: string, own: number): { giving: ModelSession[]; lead: number } {
    const network = largestOf(this.#groups(networkOf), [size, sizeOfLargest, newestOfLargest]);
    const inBlock = (sessions: ModelSession[]) =>
      largestOf(groupsOf(sessions, networkOf), [sizeOfLargest, size, newestOfLargest]);
    const blocks = this.#groups(blockOf);
    const block = largestOf(blocks, [
      size,
      (sessions) => sizeOfLargest(inBlock(sessions)),
      (sessions) => inBlock(sessions).length,
      (sessions) => newestOfLargest(inBlock(sessions)),
    ]);
    if (block.length / 16 <= network.length) return { giving: network, lead: network.length - own };
    const giving = inBlock(block);
    const isOwn = blockOf(block[0].entry.address) === blockOf(address);
    return { giving, lead: (isOwn ? giving.length : block.length / 16) - own };
  }

  #going(
    network: ModelSession[],
    nowMs: number,
    whose: "own" | "other",
  ): ScriptedEntry | undefined {
    const held = largestOf(groupsOf(network, addressOf), [size, newestOf]);
    const live = held.filter(({ entry, leased }) => isServer(entry) && leased !== undefined);
    if (live.length > held.length / 2) return last(live, ({ leased }) => leased as number);
    const idle = held.filter(({ entry }) => {
      return entry.request === undefined && nowMs - entry.connectedMs >= 2_000;
    });
    if (idle.length > 0) return first(idle, ({ number }) => number);
    const asked = held.filter(({ entry }) => {
      return entry.request !== undefined && nowMs - entry.requestMs >= 2_000;
    });
    const unleased = asked.filter(({ leased }) => leased === undefined);
    if (unleased.length > 0) return first(unleased, ({ entry }) => entry.requestMs);
    const waiting = asked.filter(({ entry }) => !isServer(entry));
    if (waiting.length > 0) return first(waiting, ({ entry }) => entry.requestMs);
    return whose === "other" ? last(held, ({ number }) => number) : undefined;
  }

  #longWaiting(own: string, nowMs: number): ScriptedEntry | undefined {
    const peers = this.sessions.filter(({ entry }) => entry.request?.connectionType === "Peer");
    const longest = first(peers, ({ entry }) => entry.requestMs);
    if (longest === undefined || nowMs - longest.requestMs < 60_000) return undefined;
    const network = networkOf(longest.address);
    const average = this.sessions.length / this.#groups(networkOf).length;
    const mayLose = network === own || this.#of(networkOf, network).length >= average;
    return mayLose ? longest : undefined;
  }

  #of(prefixOf: PrefixOf, prefix: string): ModelSession[] {
    return this.sessions.filter(({ entry }) => prefixOf(entry.address) === prefix);
  }

  #groups(prefixOf: PrefixOf): ModelSession[][] {
    return groupsOf(this.sessions, prefixOf);
  }
}

type PrefixOf = (address: string) => string | undefined;
type Measure = (sessions: ModelSession[]) => number;

function groupsOf(sessions: ModelSession[], prefixOf: PrefixOf): ModelSession[][] {
  const groups = Map.groupBy(sessions, ({ entry }) => prefixOf(entry.address));
  return [...groups].filter(([prefix]) => prefix !== undefined).map(([, group]) => group);
}

/** The group that is largest by the first measure; of equal ones by the next, and so on. */
function largestOf(groups: ModelSession[][], measures: Measure[]): ModelSession[] {
  const ranked = groups.map((group) => ({ group, ranks: measures.map((of) => of(group)) }));
  ranked.sort((a, b) => {
    const at = a.ranks.findIndex((rank, i) => rank !== b.ranks[i]);
    return at < 0 ? 0 : b.ranks[at] - a.ranks[at];
  });
  return ranked[0]?.group ?? [];
}

const size: Measure = (sessions) => sessions.length;
const newestOf: Measure = (sessions) => Math.max(...sessions.map(({ number }) => number));
const largestAddress = (sessions: ModelSession[]) =>
  largestOf(groupsOf(sessions, addressOf), [size, newestOf]);
const sizeOfLargest: Measure = (sessions) => largestAddress(sessions).length;
const newestOfLargest: Measure = (sessions) => newestOf(largestAddress(sessions));

function first(
  sessions: ModelSession[],
  key: (session: ModelSession) => number,
): ScriptedEntry | undefined {
  return sessions.toSorted((a, b) => key(a) - key(b))[0]?.entry;
}

function last(
  sessions: ModelSession[],
  key: (session: ModelSession) => number,
): ScriptedEntry | undefined {
  return sessions.toSorted((a, b) => key(b) - key(a))[0]?.entry;
}

function isServer({ request }: ScriptedEntry): boolean {
  return request?.connectionType === "Server";
}

/** IPv6 addresses here have four groups before `::1`. */
function addressOf(address: string): string {
  return address;
}

function networkOf(address: string): string {
  return address.includes(":")
    ? address.split(":").slice(0, 3).join(":")
    : address.replace(/\.\d+$/, "");
}

function blockOf(address: string): string | undefined {
  return address.includes(":") ? address.split(":").slice(0, 2).join(":") : undefined;
}

/** How a run's newcomers are spread. */
interface Crowd {
  readonly places: number;
  readonly networks: number;
  readonly addresses: number;
  /** Share of newcomers that are IPv6. */
  readonly ipv6: number;
}

function randomAddress(random: Prng, { networks, addresses, ipv6 }: Crowd): string {
  // The smaller of two numbers is often small: some networks are larger than others.
  const draw = (count: number) => Math.min(random.integer(1, count), random.integer(1, count));
  const [network, host] = [draw(networks), draw(addresses)];
  return random.chance(ipv6)
    ? `2001:db${random.integer(8, 9)}:${network.toString(16)}:${host.toString(16)}::1`
    : `198.51.${network}.${host}`;
}

/** Counts what newcomers met, so that a run which never fills up is noticed. */
function compareRandomRun(seed: number, crowd: Crowd, steps: number): Record<string, number> {
  const random = new Prng(seed);
  const shares = new SessionShares<ScriptedEntry>({
    maxSessions: crowd.places,
    sessionsPerPrefix: { address: 0, network: 0 },
    random32: () => random.next32(),
  });
  const model = new Model(crowd.places);
  const met = { free: 0, given_up: 0, full: 0, over_limit: 0 };
  let nowMs = 0;
  for (let step = 0; step < steps; step++) {
    nowMs += random.pick([1, 1, 50, 400, random.chance(0.01) ? 30_000 : 1]);
    const address = randomAddress(random, crowd);
    const place = shares.place(address, nowMs);
    const expected = model.place(address, nowMs);
    assertEquals(
      place.kind === "given_up" ? place.by : place.kind,
      expected,
      `seed ${seed}, step ${step}`,
    );
    met[place.kind]++;
    if (place.kind === "given_up") remove(place.by);
    if (place.kind !== "full" && random.chance(0.8)) {
      const entry = new ScriptedEntry(address, nowMs);
      shares.add(entry);
      model.add(entry);
    }
    if (model.sessions.length > 0) happens(random.pick(model.sessions));
  }
  for (const { entry } of model.sessions) shares.remove(entry);
  assertEquals(shares.size, 0);
  return met;

  function remove(entry: ScriptedEntry): void {
    shares.remove(entry);
    model.remove(entry);
  }

  function happens(session: ModelSession): void {
    const { entry } = session;
    if (random.chance(0.05)) return remove(entry);
    if (entry.request === undefined) {
      const connectionType: ConnectionType = random.pick(["Server", "Server", "Client", "Peer"]);
      entry.request = { connectionType };
      entry.requestMs = nowMs;
      shares.requested(entry);
    } else if (random.chance(0.5)) {
      shares.gotLease(entry);
      model.gotLease(session);
    }
  }
}

const CROWDS: readonly Crowd[] = [
  { places: 1, networks: 2, addresses: 2, ipv6: 0.3 },
  { places: 12, networks: 20, addresses: 2, ipv6: 0.2 },
  { places: 25, networks: 1, addresses: 4, ipv6: 0 },
  { places: 30, networks: 4, addresses: 6, ipv6: 0.5 },
  { places: 60, networks: 250, addresses: 1, ipv6: 0.95 },
  { places: 70, networks: 60, addresses: 3, ipv6: 1 },
];

for (const [index, crowd] of CROWDS.entries()) {
  const { places, networks, addresses } = crowd;
  const name = `${places} places, ${networks} networks of ${addresses} addresses`;
  Deno.test(`who gives way is who the plain rule says: ${name}`, () => {
    const met = compareRandomRun(index + 1, crowd, 5_000);
    assert(met["given_up"] > 200, `${met["given_up"]} gave way`);
    assert(networks === 1 || met["full"] > 10, `${met["full"]} met a full server`);
  });
}
