/**
 * What the status page shows, as one value: for the page itself, for programs, and for a terminal.
 *
 * @module
 */

import { answersOf, limitHitsOf } from "./readings.ts";
import { notReadyReason } from "./health.ts";
import { History, type Sample } from "./history.ts";
import { type ObservedSession, sessionCount, type StatusSource } from "./status_source.ts";
import { unusual } from "./unusual.ts";

/** Seconds between two samples of the history. */
export const SAMPLE_S = 10;
const SAMPLES_PER_MINUTE = 60 / SAMPLE_S;
/** An hour has one sample more than it has steps. */
const SAMPLES_PER_HOUR = 3_600 / SAMPLE_S + 1;
/** Peers that a page shows at most: more than anybody reads. */
const SHOWN_PEERS = 200;

/** A limit, what it limits, and how often it was reached. */
export interface LimitStatus {
  /** Named like the flag that sets it. */
  readonly name: string;
  /** 0 for none. */
  readonly limit: number;
  /** How much of it is taken, where that is one number. */
  readonly taken?: number;
  readonly hits: number;
  readonly hitsInLastMinute: number;
}

/** How often a request was refused for one reason. */
export interface RefusalStatus {
  readonly code: string;
  readonly total: number;
  readonly inLastHour: number;
}

/** What the last hour was like, one value for each step, the oldest first. */
export interface HistoryStatus {
  readonly stepS: number;
  readonly series: Readonly<Record<SeriesName, readonly number[]>>;
}

/** A line of the history. */
export type SeriesName =
  | "leases"
  | "hosts"
  | "waiting"
  | "introductionsPerMinute"
  | "refusalsPerMinute"
  | "datagramsPerSecond";

/** The server at a moment. */
export interface Status {
  readonly program: string;
  readonly version: string;
  readonly deno: string;
  readonly uptimeS: number;
  readonly endpoints: readonly string[];
  /** Why new peers should go elsewhere; absent when they are welcome. */
  readonly notReady?: string;
  readonly leases: number;
  readonly leasesInUse: number;
  readonly sessions: StatusSource["sessions"];
  readonly connections: number;
  /** What happened in the last 60 s. */
  readonly lastMinute: {
    readonly introductions: number;
    readonly refusals: number;
    readonly datagrams: number;
    /** Datagrams that registered nobody. */
    readonly dropped: number;
  };
  /** What happened since the start. */
  readonly totals: {
    readonly introductions: number;
    readonly connections: number;
    readonly datagrams: Readonly<Record<string, number>>;
    readonly requests: Readonly<Record<string, number>>;
    readonly answers: Readonly<Record<string, number>>;
  };
  readonly refusals: readonly RefusalStatus[];
  readonly limits: readonly LimitStatus[];
  readonly residentBytes: number;
  readonly lagMs: number;
  /** What somebody should look at, in words. */
  readonly unusual: readonly string[];
  /** Only where the operator lets peers be seen. */
  readonly peers?: readonly ObservedSession[];
  readonly history?: HistoryStatus;
}

/** How a {@linkcode StatusBoard} is made. */
export interface StatusBoardOptions {
  readonly source: StatusSource;
  /** How late the event loop is, in milliseconds. */
  readonly lagMs: () => number;
  /** Whether addresses of peers are shown. */
  readonly peers: "shown" | "hidden";
}

/** Remembers the last hour, and says what the server is like. */
export class StatusBoard {
  readonly #source: StatusSource;
  readonly #lagMs: () => number;
  readonly #peers: "shown" | "hidden";
  readonly #history: History;

  constructor({ source, lagMs, peers }: StatusBoardOptions) {
    this.#source = source;
    this.#lagMs = lagMs;
    this.#peers = peers;
    this.#history = new History(this.#sample(), SAMPLES_PER_HOUR);
  }

  /** Takes a sample; to be called every {@linkcode SAMPLE_S} seconds. */
  sample(): void {
    this.#history.add(this.#sample());
  }

  /** The server as it is now. */
  now(): Status {
    const source = this.#source;
    const { program, version, endpoints, leases, leasesInUse, sessions, connections } = source;
    const { counters } = source;
    const reason = notReadyReason(source);
    const status: Omit<Status, "unusual"> = {
      ...{ program, version, deno: Deno.version.deno, uptimeS: performance.now() / 1000 },
      ...{ endpoints, leases, leasesInUse, sessions, connections },
      ...(reason !== undefined && { notReady: reason }),
      lastMinute: {
        introductions: this.#inLastMinute("introductions", counters.introductions),
        refusals: this.#inLastMinute("refusals", sum(counters.refusals)),
        datagrams: this.#inLastMinute("datagrams", sum(counters.datagrams)),
        dropped: this.#inLastMinute("dropped", droppedDatagrams(source)),
      },
      totals: {
        introductions: counters.introductions,
        connections: counters.connections,
        datagrams: counters.datagrams,
        requests: counters.requests,
        answers: answersOf(source),
      },
      refusals: this.#refusals(),
      limits: this.#limits(),
      residentBytes: Deno.memoryUsage().rss,
      lagMs: this.#lagMs(),
      ...(this.#peers === "shown" && { peers: source.observedSessions(SHOWN_PEERS) }),
    };
    return { ...status, unusual: unusual(status, source) };
  }

  /** The last hour. */
  history(): HistoryStatus {
    const perMinute = (name: string) =>
      this.#history.rises(name).map((rise) => rise * SAMPLES_PER_MINUTE);
    // A rise needs two samples: the first value belongs to none.
    const levels = (name: string) => this.#history.values(name).slice(1);
    return {
      stepS: SAMPLE_S,
      series: {
        leases: levels("leases"),
        hosts: levels("hosts"),
        waiting: levels("waiting"),
        introductionsPerMinute: perMinute("introductions"),
        refusalsPerMinute: perMinute("refusals"),
        datagramsPerSecond: this.#history.rises("datagrams").map((rise) => rise / SAMPLE_S),
      },
    };
  }

  /** Number of samples so far: it tells whether the history has grown. */
  get samples(): number {
    return this.#history.taken;
  }

  #refusals(): RefusalStatus[] {
    return Object.entries(this.#source.counters.refusals).map(([code, total]) => ({
      code,
      total,
      inLastHour: total - this.#history.ago(`refused ${code}`, Infinity),
    }));
  }

  #limits(): LimitStatus[] {
    const source = this.#source;
    const taken: Readonly<Record<string, number>> = {
      max_sessions: sessionCount(source),
      max_leases: source.leases,
    };
    const hits = limitHitsOf(source);
    return Object.entries(source.limits).map(([name, limit]) => ({
      name,
      limit,
      ...(name in taken && { taken: taken[name] }),
      hits: hits[name],
      hitsInLastMinute: this.#inLastMinute(`hit ${name}`, hits[name]),
    }));
  }

  #inLastMinute(name: string, now: number): number {
    return now - this.#history.ago(name, SAMPLES_PER_MINUTE - 1);
  }

  #sample(): Sample {
    const source = this.#source;
    const { counters, leases, sessions } = source;
    return {
      leases,
      hosts: sessions.hosting,
      waiting: sessions.waiting,
      introductions: counters.introductions,
      refusals: sum(counters.refusals),
      datagrams: sum(counters.datagrams),
      dropped: droppedDatagrams(source),
      ...prefixed("refused", counters.refusals),
      ...prefixed("hit", limitHitsOf(source)),
    };
  }
}

function droppedDatagrams({ counters: { datagrams } }: StatusSource): number {
  return sum(datagrams) - datagrams.created - datagrams.renewed;
}

function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Sample {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [`${prefix} ${name}`, count]),
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
