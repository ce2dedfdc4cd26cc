/**
 * What is unusual, in words: what a person who runs a server would want to be told.
 *
 * @module
 */

import type { Status } from "./status.ts";
import type { StatusSource } from "./status_source.ts";

/** From here on a table is said to be nearly full. */
const NEARLY_FULL = 0.8;
/** Timers that ring this late show that the processor has too much to do. */
const LATE_MS = 250;
/** Fewer requests than this say nothing about their peers. */
const TELLING_COUNT = 20;

/** What is unusual about a server, one sentence each; nothing when all is well. */
export function unusual(status: Omit<Status, "unusual">, source: StatusSource): string[] {
  return [
    phase(source),
    soleSource(source),
    ...fullTables(status),
    descriptors(source),
    ...limitHits(status),
    noDatagrams(status),
    strangeDatagrams(status),
    privateToPublic(source),
    late(status),
  ].filter((sentence) => sentence !== undefined);
}

function phase({ phase }: StatusSource): string | undefined {
  if (phase === "serving") return undefined;
  return `The server is ${phase}: hosts are told to go elsewhere.`;
}

function soleSource({ soleSourceQuestion }: StatusSource): string | undefined {
  if (soleSourceQuestion === undefined) return undefined;
  return `${soleSourceQuestion[0].toUpperCase()}${soleSourceQuestion.slice(1)}.`;
}

function fullTables({ limits }: Omit<Status, "unusual">): (string | undefined)[] {
  return limits.map(({ name, limit, taken }) => {
    if (taken === undefined || taken < limit * NEARLY_FULL) return undefined;
    return `${name} is ${taken >= limit ? "reached" : "nearly reached"}: ${count(taken)} of ` +
      `${count(limit)} are taken.`;
  });
}

function descriptors({ limits, maxSessionsByFlag }: StatusSource): string | undefined {
  if (limits.max_sessions >= maxSessionsByFlag) return undefined;
  return `The process ran out of descriptors: it takes ${count(limits.max_sessions)} sessions ` +
    `instead of ${count(maxSessionsByFlag)}. Raise its limit of open files.`;
}

function limitHits({ limits }: Omit<Status, "unusual">): (string | undefined)[] {
  return limits.map(({ name, limit, hitsInLastMinute }) => {
    if (hitsInLastMinute === 0) return undefined;
    return `${name} (${count(limit)}) was reached ${times(hitsInLastMinute)} in the last minute.`;
  });
}

function noDatagrams({ totals }: Omit<Status, "unusual">): string | undefined {
  const asked = sum(totals.requests);
  if (asked < TELLING_COUNT || sum(totals.datagrams) > 0) return undefined;
  return `${count(asked)} requests came by TCP and not one datagram by UDP: does a firewall drop ` +
    "UDP on this port?";
}

function strangeDatagrams({ lastMinute }: Omit<Status, "unusual">): string | undefined {
  const { datagrams, dropped } = lastMinute;
  if (dropped < TELLING_COUNT || dropped * 2 < datagrams) return undefined;
  return `${count(dropped)} of ${count(datagrams)} datagrams in the last minute registered nobody.`;
}

function privateToPublic({ counters }: StatusSource): string | undefined {
  const { privateToPublic, introductions } = counters;
  if (privateToPublic === 0) return undefined;
  return `${count(privateToPublic)} of ${count(introductions)} introductions were of a private ` +
    "address to a public one: peers beside this server should use its public address.";
}

function late({ lagMs }: Omit<Status, "unusual">): string | undefined {
  if (lagMs < LATE_MS) return undefined;
  return `Timers ring up to ${Math.round(lagMs)} ms late: the processor has too much to do.`;
}

function times(number: number): string {
  return number === 1 ? "once" : `${count(number)} times`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, each) => total + each, 0);
}
