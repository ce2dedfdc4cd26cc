import { assertEquals } from "@std/assert";
import { FRESH_LEASE_MS } from "../../src/limits.ts";
import type { LimitName } from "../../src/rendezvous/counters.ts";
import { packAddress } from "../../src/address.ts";
import { leaseKey } from "../../src/rendezvous/lease_key.ts";
import { type Lease, LeaseTable, type Registered } from "../../src/rendezvous/lease_table.ts";
import { Prng } from "../simulated/prng.ts";

const TIMEOUT_MS = 5_000;

interface ModelKey {
  readonly address: string;
  readonly peerPort: bigint;
  readonly token: string | undefined;
}

interface ModelLease {
  readonly key: ModelKey;
  observedPort: number;
  datagramMs: number;
  renewedMs: number;
  users: number;
  /** When it was renewed or last in use, in the order of events. */
  wantedAt: number;
}

interface ModelOptions {
  readonly maxLeases: number;
  readonly perAddress: number;
  readonly perNetwork: number;
}

/** The lease table as one would write it without a thought for speed. */
class Model {
  /** In renewal order. */
  #leases: ModelLease[] = [];
  readonly #lastHeard = new Map<string, ModelLease>();
  #moment = 0;
  readonly #options: ModelOptions;
  readonly limits = new Map<string, number>();

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get leases(): readonly ModelLease[] {
    return this.#leases;
  }

  register(key: ModelKey, observedPort: number, nowMs: number): Registered {
    const known = this.#find(key);
    const limit = known === undefined ? this.#limitFor(key) : undefined;
    if (limit !== undefined) {
      this.limits.set(limit.name, (this.limits.get(limit.name) ?? 0) + 1);
      const idle = limit.leases.filter(({ users }) => users === 0);
      if (idle.length === 0) return { fate: "over_limit", users: 0, limit: limit.name };
      this.#remove(idle.reduce((a, b) => a.wantedAt < b.wantedAt ? a : b));
    }
    const lease = known ??
      { key, observedPort, datagramMs: -Infinity, renewedMs: nowMs, users: 0, wantedAt: 0 };
    const isFresh = nowMs - lease.datagramMs <= FRESH_LEASE_MS;
    lease.observedPort = observedPort;
    lease.datagramMs = nowMs;
    this.#renew(lease, nowMs);
    this.#lastHeard.set(tokenName(key), lease);
    const renewed = isFresh ? "repeated" : "renewed";
    return {
      fate: known === undefined ? "created" : renewed,
      users: lease.users,
      limit: limit?.name,
    };
  }

  /** A session more or less; only of leases that are there. */
  use(key: ModelKey, by: 1 | -1): void {
    const lease = this.#find(key);
    if (lease === undefined) return;
    lease.users += by;
    lease.wantedAt = ++this.#moment;
  }

  users(key: ModelKey): number {
    return this.#find(key)?.users ?? 0;
  }

  extend(key: ModelKey, nowMs: number): void {
    const lease = this.#find(key);
    if (lease !== undefined) this.#renew(lease, nowMs);
  }

  find(key: ModelKey): Lease | undefined {
    const lease = this.#find(key);
    if (lease === undefined) return undefined;
    const { observedPort, datagramMs, renewedMs } = lease;
    return { observedPort, datagramMs, expiresMs: renewedMs + TIMEOUT_MS };
  }

  findAddress(key: ModelKey, sinceMs: number): string | undefined {
    const lease = this.#lastHeard.get(tokenName(key));
    if (lease === undefined || !this.#leases.includes(lease)) return undefined;
    return lease.datagramMs >= sinceMs ? lease.key.address : undefined;
  }

  expire(nowMs: number): void {
    for (const lease of [...this.#leases]) {
      if (lease.renewedMs + TIMEOUT_MS <= nowMs) this.#remove(lease);
    }
  }

  #find(key: ModelKey): ModelLease | undefined {
    return this.#leases.find((lease) => nameOf(lease.key) === nameOf(key));
  }

  #renew(lease: ModelLease, nowMs: number): void {
    lease.renewedMs = nowMs;
    lease.wantedAt = ++this.#moment;
    this.#leases = [...this.#leases.filter((other) => other !== lease), lease];
  }

  /** What is full for one more lease, and who shares it. */
  #limitFor(key: ModelKey): { name: LimitName; leases: readonly ModelLease[] } | undefined {
    const { perAddress, perNetwork, maxLeases } = this.#options;
    const address = this.#leases.filter((other) => subscriberOf(other.key) === subscriberOf(key));
    if (address.length >= perAddress) return { name: "leases_per_address", leases: address };
    const network = this.#leases.filter((other) => networkOf(other.key) === networkOf(key));
    if (network.length >= perNetwork) return { name: "leases_per_network", leases: network };
    return this.#leases.length < maxLeases
      ? undefined
      : { name: "max_leases", leases: this.#leases };
  }

  #remove(lease: ModelLease): void {
    this.#leases = this.#leases.filter((other) => other !== lease);
  }
}

function nameOf({ address, peerPort, token }: ModelKey): string {
  return `${address}/${peerPort}/${token}`;
}

function tokenName({ address, peerPort, token }: ModelKey): string {
  return `${address.includes(":") ? 6 : 4} ${peerPort}/${token}`;
}

/** All IPv6 addresses here have the same fourth group. */
function subscriberOf({ address }: ModelKey): string {
  return address.includes(":") ? address.split("::")[0] : address;
}

function networkOf({ address }: ModelKey): string {
  return address.includes(":") ? address.split("::")[0] : address.replace(/\.\d+$/, "");
}

/** Few enough that the same leases come again and again. */
function randomKey(random: Prng): ModelKey {
  const network = random.integer(1, 4);
  const machine = random.integer(1, 3);
  const address = random.chance(0.7)
    ? `192.0.${network}.${machine}`
    : `2001:db8:${network}::${machine}`;
  return {
    address,
    peerPort: random.pick([-1n, 0n, 5n, 2n ** 40n]),
    token: random.pick([undefined, undefined, "T", "U"]),
  };
}

function packed({ address, peerPort, token }: ModelKey) {
  return leaseKey(packAddress(address), peerPort, token);
}

/** @returns how often each limit was met */
function compareRandomRun(
  seed: number,
  options: ModelOptions,
  steps: number,
): ReadonlyMap<string, number> {
  const random = new Prng(seed);
  const table = new LeaseTable({
    timeoutMs: TIMEOUT_MS,
    maxLeases: options.maxLeases,
    perPrefix: {
      address: options.perAddress === Infinity ? 0 : options.perAddress,
      network: options.perNetwork === Infinity ? 0 : options.perNetwork,
    },
    // Secrets of its own for every run: other leases meet in one chain.
    random32: () => random.next32(),
  });
  const model = new Model(options);
  let nowMs = 0;
  for (let step = 0; step < steps; step++) {
    const where = `seed ${seed}, step ${step}`;
    nowMs += random.chance(0.2) ? 0 : random.pick([1, 50, 1_000]);
    table.expire(nowMs);
    model.expire(nowMs);
    const key = randomKey(random);
    const action = random.pick(["register", "register", "register", "extend", "retain", "release"]);
    if (action === "register") {
      const port = random.integer(0, 65_535);
      assertEquals(
        table.register(packed(key), port, nowMs),
        model.register(key, port, nowMs),
        where,
      );
    } else if (action === "extend") {
      table.extend(packed(key), nowMs);
      model.extend(key, nowMs);
    } else if (action === "retain") {
      table.retain(packed(key));
      model.use(key, 1);
    } else if (model.users(key) > 0) {
      table.release(packed(key));
      model.use(key, -1);
    }
    assertEquals(table.size, model.leases.length, where);
    const oldest = model.leases[0];
    assertEquals(table.nextExpiryMs, oldest ? oldest.renewedMs + TIMEOUT_MS : Infinity, where);
    for (const asked of [key, randomKey(random), ...model.leases.map(({ key }) => key)]) {
      assertEquals(table.find(packed(asked)), model.find(asked), where);
      if (asked.token === undefined) continue;
      const sinceMs = nowMs - FRESH_LEASE_MS;
      const address = model.findAddress(asked, sinceMs);
      assertEquals(table.findAddress(packed(asked), sinceMs), address, where);
    }
  }
  table.expire(nowMs + TIMEOUT_MS);
  assertEquals([table.size, table.nextExpiryMs], [0, Infinity]);
  return model.limits;
}

Deno.test("the table behaves as a plain list under random operations", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const options = { maxLeases: 500, perAddress: Infinity, perNetwork: Infinity };
    assertEquals(compareRandomRun(seed, options, 800).size, 0, `seed ${seed}`);
  }
});

Deno.test("a table that is always full behaves as a plain list under random operations", () => {
  for (let seed = 5; seed <= 12; seed++) {
    const options = { maxLeases: seed, perAddress: Infinity, perNetwork: Infinity };
    const evictions = compareRandomRun(seed, options, 800).get("max_leases") ?? 0;
    assertEquals(evictions > 20, true, `seed ${seed}: ${evictions} evictions`);
  }
});

Deno.test("a table with limits per prefix behaves as a plain list under random operations", () => {
  for (let seed = 13; seed <= 16; seed++) {
    const limits = compareRandomRun(seed, { maxLeases: 9, perAddress: 2, perNetwork: 4 }, 800);
    const met = ["leases_per_address", "leases_per_network", "max_leases"];
    assertEquals(met.every((name) => limits.has(name)), true, `seed ${seed}`);
  }
});
