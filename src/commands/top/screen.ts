/**
 * A status as lines of a terminal.
 *
 * @module
 */

import type { TerminalSize } from "../../cli/process_io.ts";
import type { HistoryStatus, LimitStatus, Status } from "../../http/status.ts";
import { escapeHidden } from "../../visible_text.ts";

/** Eighths of a character cell, from the bottom. */
const BARS = "▁▂▃▄▅▆▇█";
const NAME_COLUMNS = 26;
const METER_COLUMNS = 20;
const VALUE_COLUMNS = 22;

/** Draws as much of a status as fits. */
export function drawStatus(status: Status, { columns, rows }: TerminalSize): string[] {
  const lines = [
    ...head(status).flatMap((line) => wrap(escapeHidden(line), columns)),
    "",
    ...numbers(status),
    "",
    ...history(status.history, columns),
    ...limits(status.limits),
    ...refusals(status),
  ];
  const shown = lines.slice(0, rows).map((line) => escapeHidden(line));
  return shown.map((line) => [...line].slice(0, columns).join(""));
}

/** What stands there while a server does not answer. */
export function drawFailure(message: string, { columns, rows }: TerminalSize): string[] {
  const lines = [message, "Looking again every few seconds; Ctrl+C ends this."];
  return lines.flatMap((line) => wrap(escapeHidden(line), columns)).slice(0, rows);
}

function head(status: Status): string[] {
  const { program, version, uptimeS, endpoints, notReady, unusual } = status;
  return [
    `${program} ${version}, up ${duration(uptimeS)}, ${endpoints.join(" and ")}`,
    notReady === undefined ? "ready" : `not ready: ${notReady}`,
    ...unusual.map((sentence) => `! ${sentence}`),
  ];
}

function numbers({ leases, leasesInUse, sessions, connections, lastMinute, ...rest }: Status) {
  const memory = `${count(Math.round(rest.residentBytes / 1e6))} MB`;
  return [
    row("registered peers", count(leases), `${count(leasesInUse)} with an open session`),
    row("hosts", count(sessions.hosting)),
    row("waiting peers", count(sessions.waiting), `${count(sessions.registering)} unregistered`),
    row("open connections", count(connections), `${count(sessions.connected)} without a request`),
    row("introductions a minute", count(lastMinute.introductions)),
    row("refusals a minute", count(lastMinute.refusals)),
    row("datagrams a minute", count(lastMinute.datagrams), `${count(lastMinute.dropped)} dropped`),
    row("memory", memory, `timers up to ${Math.round(rest.lagMs)} ms late`),
  ];
}

function history(history: HistoryStatus | undefined, columns: number): string[] {
  if (history === undefined) return [];
  const { introductionsPerMinute, leases } = history.series;
  if (leases.length === 0) return [];
  const width = columns - NAME_COLUMNS;
  return [
    row("last hour: peers", sparkline(leases, width)),
    row("last hour: introductions", sparkline(introductionsPerMinute, width)),
    "",
  ];
}

function limits(limits: readonly LimitStatus[]): string[] {
  return limits
    .filter(({ taken, hits }) => taken !== undefined || hits > 0)
    .map(({ name, limit, taken, hits }) => {
      const part = taken === undefined ? "" : `${meter(taken, limit)} `;
      const of = taken === undefined ? count(limit) : `${count(taken)} of ${count(limit)}`;
      return row(name, `${part}${of}${hits > 0 ? `, reached ${count(hits)} times` : ""}`);
    });
}

function refusals({ refusals }: Status): string[] {
  const some = refusals.filter(({ total }) => total > 0);
  if (some.length === 0) return [];
  return [
    "",
    ...some.map(({ code, total, inLastHour }) => {
      return row(`refused: ${code}`, count(total), `${count(inLastHour)} in the last hour`);
    }),
  ];
}

function row(name: string, value: string, note = ""): string {
  return `${name.padEnd(NAME_COLUMNS)}${note === "" ? value : value.padEnd(VALUE_COLUMNS) + note}`;
}

/** Breaks a line between words; a word that is too long is cut off later. */
function wrap(line: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || joined.length > columns) lines.push(word);
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

/** A line of bars, the newest at its end; each is the highest of the values that fall to it. */
export function sparkline(values: readonly number[], width: number): string {
  const most = Math.max(...values);
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, i) => {
    const from = Math.floor(i * values.length / columns);
    const to = Math.floor((i + 1) * values.length / columns);
    const highest = Math.max(...values.slice(from, to));
    const level = most === 0 ? 0 : Math.round(highest / most * (BARS.length - 1));
    return BARS[level];
  }).join("");
}

function meter(taken: number, limit: number): string {
  const full = Math.min(METER_COLUMNS, Math.round(taken / limit * METER_COLUMNS));
  return `[${"#".repeat(full)}${"-".repeat(METER_COLUMNS - full)}]`;
}

/** Days, hours, minutes: the two that say most. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}
