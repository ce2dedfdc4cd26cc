/**
 * Every metric as a value: what it is called and how it is read. What a scraper gets and what a
 * collector is sent are made of these.
 *
 * A label has only values that stand in this program: nothing from the network becomes one.
 *
 * @module
 */

import type { FixedHistogram } from "../rendezvous/fixed_histogram.ts";
import type { LimitName } from "../rendezvous/counters.ts";
import { notReadyReason } from "./health.ts";
import type { LoopLag } from "./loop_lag.ts";
import { sessionCount, type StatusSource } from "./status_source.ts";

/** One number of a metric, and what tells it from the others. */
export interface Value {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Described {
  /** In the way of Prometheus: base units, `_total` for what only grows. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
}

/** A metric of plain numbers. */
export interface NumberReading extends Described {
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  read(): readonly Value[];
}

/** A metric of counted durations. */
export interface HistogramReading extends Described {
  readonly type: "histogram";
  /** In milliseconds. */
  read(): FixedHistogram;
}

/** A metric. */
export type Reading = NumberReading | HistogramReading;

/** What all names of this server's own begin with. */
const PREFIX = "containment_breach_";

/** All metrics of a server. */
export function readingsOf(source: StatusSource, lag: LoopLag): Reading[] {
  return [...countsOf(source), ...tableReadings(source), ...processReadings(source, lag)];
}

function countsOf(source: StatusSource): Reading[] {
  const { counters } = source;
  return [
    counter(
      "datagrams_total",
      "Datagrams by what became of them.",
      "fate",
      () => counters.datagrams,
    ),
    counter("requests_total", "Requests by type.", "type", () => counters.requests),
    counter(
      "answers_total",
      "Answers by error code, or by what else they say.",
      "code",
      () => answersOf(source),
    ),
    {
      type: "counter",
      name: `${PREFIX}introductions_total`,
      help: "Pairs of peers that were introduced, by the mode of their request.",
      labels: ["mode", "family"],
      read: () =>
        Object.entries(counters.introductionsBy).flatMap(([mode, byFamily]) =>
          Object.entries(byFamily).map(([family, value]) => ({ labels: { mode, family }, value }))
        ),
    },
    {
      type: "histogram",
      name: `${PREFIX}introduction_duration_seconds`,
      help: "Time from the later of two requests to the introduction.",
      read: () => counters.introductionTimes,
    },
    {
      type: "counter",
      name: `${PREFIX}private_to_public_introductions_total`,
      help: "Introductions of a private address to a public one, which seldom reach each other.",
      ...alone(() => counters.privateToPublic),
    },
    {
      type: "counter",
      name: `${PREFIX}connections_total`,
      help: "Connections that became sessions.",
      ...alone(() => counters.connections),
    },
    counter(
      "limit_hits_total",
      "How often a limit refused or displaced somebody.",
      "limit",
      () => limitHitsOf(source),
    ),
  ];
}

function tableReadings(source: StatusSource): Reading[] {
  return [
    gauge("sessions", "Open sessions by how far they have come.", "stage", () => source.sessions),
    gauge("leases", "Registered peers, by whether an open session uses the lease.", "use", () => ({
      in_use: source.leasesInUse,
      idle: source.leases - source.leasesInUse,
    })),
    {
      type: "gauge",
      name: `${PREFIX}open_connections`,
      help: "Open TCP connections, those included that only wait for their peer to close.",
      ...alone(() => source.connections),
    },
    gauge("limit", "Limits as they are now, 0 for none.", "limit", () => source.limits),
    gauge("occupancy_ratio", "How full a table is, from 0 to 1.", "table", () => ({
      sessions: sessionCount(source) / source.limits.max_sessions,
      leases: source.leases / source.limits.max_leases,
    })),
  ];
}

function processReadings(source: StatusSource, lag: LoopLag): Reading[] {
  return [
    {
      type: "gauge",
      name: `${PREFIX}ready`,
      help: "1 while new peers are welcome, as /readyz says.",
      ...alone(() => notReadyReason(source) === undefined ? 1 : 0),
    },
    {
      type: "gauge",
      name: `${PREFIX}event_loop_lag_seconds`,
      help: "How late timers rang at most within the last 10 s.",
      ...alone(() => lag.largestMs / 1000),
    },
    {
      type: "gauge",
      name: "process_resident_memory_bytes",
      help: "Resident memory.",
      ...alone(() => Deno.memoryUsage().rss),
    },
    {
      type: "gauge",
      name: "process_start_time_seconds",
      help: "When the process started, in seconds since 1970.",
      ...alone(() => performance.timeOrigin / 1000),
    },
    {
      type: "gauge",
      name: `${PREFIX}build_info`,
      help: "1, for its labels.",
      labels: ["version", "deno"],
      read: () => [{ labels: { version: source.version, deno: Deno.version.deno }, value: 1 }],
    },
  ];
}

/** Everything that was answered, by what was said. */
export function answersOf({ counters }: StatusSource): Record<string, number> {
  return {
    introduced: 2 * counters.introductions,
    kept_alive: counters.keepAlivesAnswered,
    ...counters.refusals,
  };
}

/** How often each limit was reached. */
export function limitHitsOf({ counters, limits }: StatusSource): Record<string, number> {
  const names = Object.keys(limits) as LimitName[];
  return Object.fromEntries(names.map((name) => [name, counters.limits.get(name) ?? 0]));
}

type Read = () => Readonly<Record<string, number>>;

function counter(name: string, help: string, label: string, read: Read): NumberReading {
  return { type: "counter", name: PREFIX + name, help, ...labelled(label, read) };
}

function gauge(name: string, help: string, label: string, read: Read): NumberReading {
  return { type: "gauge", name: PREFIX + name, help, ...labelled(label, read) };
}

function labelled(label: string, read: Read): Pick<NumberReading, "labels" | "read"> {
  return {
    labels: [label],
    read: () =>
      Object.entries(read()).map(([name, value]) => ({ labels: { [label]: name }, value })),
  };
}

function alone(read: () => number): Pick<NumberReading, "labels" | "read"> {
  return { labels: [], read: () => [{ labels: {}, value: read() }] };
}
