import { assertEquals } from "@std/assert";
import { FRESH_LEASE_MS } from "../../src/limits.ts";
import { type Lease, type LeaseKey, LeaseTable } from "../../src/rendezvous/lease_table.ts";
import { PrefixHash } from "../../src/rendezvous/prefix_limits.ts";
import { Prng } from "../simulated/prng.ts";

const TIMEOUT_MS = 5_000;

interface ModelLease {
  readonly key: LeaseKey;
  observedPort: number;
  datagramMs: number;
  renewedMs: number;
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
  /** By network: the moment since which it has as many leases as now. */
  readonly #sizedAt = new Map<string, number>();
  readonly #lastCreated = new Map<string, ModelLease>();
  #moment = 0;
  readonly #options: ModelOptions;
  readonly evicted: [LeaseKey, number][] = [];

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get leases(): readonly ModelLease[] {
    return this.#leases;
  }

  register(key: LeaseKey, observedPort: number, nowMs: number): unknown {
    let lease = this.#find(key);
    const previousMs = lease?.datagramMs;
    if (lease === undefined) {
      const { perAddress, perNetwork, maxLeases } = this.#options;
      const address = this.#leases.filter((other) => subscriberOf(other.key) === subscriberOf(key));
      if (address.length >= perAddress) return { overLimit: "address" };
      const network = this.#leases.filter((other) => networkOf(other.key) === networkOf(key));
      if (network.length >= perNetwork) return { overLimit: "network" };
      if (this.#leases.length === maxLeases) this.#evict();
      lease = { key, observedPort, datagramMs: nowMs, renewedMs: nowMs };
      this.#leases.push(lease);
      this.#resized(key);
      this.#lastCreated.set(tokenName(key), lease);
    }
    lease.observedPort = observedPort;
    lease.datagramMs = nowMs;
    this.#renew(lease, nowMs);
    if (previousMs === undefined) return "created";
    return nowMs - previousMs <= FRESH_LEASE_MS ? "repeated" : "renewed";
  }

  extend(key: LeaseKey, nowMs: number): void {
    const lease = this.#find(key);
    if (lease !== undefined) this.#renew(lease, nowMs);
  }

  find(key: LeaseKey): Lease | undefined {
    const lease = this.#find(key);
    if (lease === undefined) return undefined;
    const { observedPort, datagramMs, renewedMs } = lease;
    return { observedPort, datagramMs, expiresMs: renewedMs + TIMEOUT_MS };
  }

  findAddress(key: LeaseKey): string | undefined {
    const lease = this.#lastCreated.get(tokenName(key));
    return lease !== undefined && this.#leases.includes(lease) ? lease.key.address : undefined;
  }

  expire(nowMs: number): void {
    for (const lease of [...this.#leases]) {
      if (lease.renewedMs + TIMEOUT_MS <= nowMs) this.#remove(lease);
    }
  }

  #find(key: LeaseKey): ModelLease | undefined {
    return this.#leases.find((lease) => nameOf(lease.key) === nameOf(key));
  }

  #renew(lease: ModelLease, nowMs: number): void {
    lease.renewedMs = nowMs;
    this.#leases = [...this.#leases.filter((other) => other !== lease), lease];
  }

  /** The largest network gives; of equally large ones the one that is so for the longest time. */
  #evict(): void {
    const sizes = new Map<string, number>();
    for (const { key } of this.#leases) {
      sizes.set(networkOf(key), (sizes.get(networkOf(key)) ?? 0) + 1);
    }
    const [largest] =
      [...sizes].sort(([a, sizeA], [b, sizeB]) =>
        sizeB - sizeA || (this.#sizedAt.get(a) ?? 0) - (this.#sizedAt.get(b) ?? 0)
      )[0];
    const victim = this.#leases.find(({ key }) => networkOf(key) === largest) as ModelLease;
    this.#remove(victim);
    this.evicted.push([victim.key, victim.renewedMs + TIMEOUT_MS]);
  }

  #remove(lease: ModelLease): void {
    this.#leases = this.#leases.filter((other) => other !== lease);
    this.#resized(lease.key);
  }

  #resized(key: LeaseKey): void {
    this.#sizedAt.set(networkOf(key), ++this.#moment);
  }
}

function nameOf({ address, peerPort, token }: LeaseKey): string {
  return `${address}/${peerPort}/${token}`;
}

function tokenName({ peerPort, token }: LeaseKey): string {
  return `${peerPort}/${token}`;
}

/** All IPv6 addresses here have the same fourth group. */
function subscriberOf({ address }: LeaseKey): string {
  return address.includes(":") ? address.split("::")[0] : address;
}

function networkOf({ address }: LeaseKey): string {
  return address.includes(":") ? address.split("::")[0] : address.replace(/\.\d+$/, "");
}

/** Few enough that the same leases come again and again. */
function randomKey(random: Prng): LeaseKey {
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

function compareRandomRun(seed: number, options: ModelOptions, steps: number): number {
  const random = new Prng(seed);
  // Secrets of its own for every run: other leases meet in one chain.
  const random32 = () => random.next32();
  const prefixes = new PrefixHash(random32);
  const perPrefix = { address: options.perAddress, network: options.perNetwork };
  const { maxLeases } = options;
  const evicted: [LeaseKey, number][] = [];
  const table = new LeaseTable({
    timeoutMs: TIMEOUT_MS,
    maxLeases,
    perPrefix,
    prefixes,
    random32,
    evicted: (key, expiresMs) => evicted.push([key, expiresMs]),
  });
  const model = new Model(options);
  let nowMs = 0;
  for (let step = 0; step < steps; step++) {
    const where = `seed ${seed}, step ${step}`;
    nowMs += random.chance(0.2) ? 0 : random.pick([1, 50, 1_000]);
    table.expire(nowMs);
    model.expire(nowMs);
    const key = randomKey(random);
    if (random.chance(0.8)) {
      const port = random.integer(0, 65_535);
      assertEquals(table.register(key, port, nowMs), model.register(key, port, nowMs), where);
    } else {
      table.extend(key, nowMs);
      model.extend(key, nowMs);
    }
    assertEquals(table.size, model.leases.length, where);
    const oldest = model.leases[0];
    assertEquals(table.nextExpiryMs, oldest ? oldest.renewedMs + TIMEOUT_MS : Infinity, where);
    for (const asked of [key, randomKey(random), ...model.leases.map(({ key }) => key)]) {
      assertEquals(table.find(asked), model.find(asked), where);
      if (asked.token === undefined) continue;
      const address = table.findAddress(asked.peerPort, asked.token);
      assertEquals(address, model.findAddress(asked), where);
    }
  }
  assertEquals(evicted, model.evicted, `seed ${seed}`);
  table.expire(nowMs + TIMEOUT_MS);
  assertEquals([table.size, table.nextExpiryMs], [0, Infinity]);
  return evicted.length;
}

Deno.test("the table behaves as a plain list under random operations", () => {
  for (let seed = 1; seed <= 4; seed++) {
    compareRandomRun(seed, { maxLeases: 1_000, perAddress: Infinity, perNetwork: Infinity }, 800);
  }
});

Deno.test("a table that is always full behaves as a plain list under random operations", () => {
  for (let seed = 5; seed <= 12; seed++) {
    const options = { maxLeases: seed, perAddress: Infinity, perNetwork: Infinity };
    const evicted = compareRandomRun(seed, options, 800);
    assertEquals(evicted > 20, true, `seed ${seed}: ${evicted} evictions`);
  }
});

Deno.test("a table with limits per prefix behaves as a plain list under random operations", () => {
  for (let seed = 13; seed <= 16; seed++) {
    compareRandomRun(seed, { maxLeases: 9, perAddress: 2, perNetwork: 4 }, 800);
  }
});
