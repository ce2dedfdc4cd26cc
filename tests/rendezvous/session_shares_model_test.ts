import { assert, assertEquals } from "@std/assert";
import { SessionShares } from "../../src/rendezvous/session_shares.ts";
import { Prng } from "../simulated/prng.ts";
import { type Placed, whoGivesWay } from "../simulation/checker/giving_way.ts";
import { type ConnectionType, ScriptedEntry } from "./shares_rig.ts";

/** A session as the plain rule sees it. */
class ModelSession implements Placed {
  readonly entry: ScriptedEntry;
  readonly id: number;
  readonly address: string;
  readonly connectedMs: number;
  askedAt = 0;
  leasedAt: number | undefined;

  constructor(entry: ScriptedEntry, id: number) {
    this.entry = entry;
    this.id = id;
    this.address = entry.address;
    this.connectedMs = entry.connectedMs;
  }

  get request(): ScriptedEntry["request"] {
    return this.entry.request;
  }

  get requestMs(): number {
    return this.entry.requestMs;
  }
}

/** Everybody who has a place. */
class Model {
  sessions: ModelSession[] = [];
  readonly #maxSessions: number;
  #steps = 0;

  constructor(maxSessions: number) {
    this.#maxSessions = maxSessions;
  }

  add(entry: ScriptedEntry): void {
    this.sessions.push(new ModelSession(entry, ++this.#steps));
  }

  requested(session: ModelSession): void {
    session.askedAt = ++this.#steps;
  }

  gotLease(session: ModelSession): void {
    session.leasedAt ??= ++this.#steps;
  }

  remove(entry: ScriptedEntry): void {
    this.sessions = this.sessions.filter((session) => session.entry !== entry);
  }

  place(address: string, nowMs: number): ScriptedEntry | "free" | "full" {
    if (this.sessions.length < this.#maxSessions) return "free";
    return whoGivesWay(this.sessions, address, nowMs)?.entry ?? "full";
  }
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
      model.requested(session);
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
