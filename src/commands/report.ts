/**
 * Events, connections and errors of the library as lines of a command's status.
 *
 * @module
 */

import { formatEndpoint } from "../address.ts";
import { errorLine } from "../error_text.ts";
import { escapeHidden } from "../visible_text.ts";
import {
  type Connection,
  type ConnectionEvent,
  PeerError,
  type PeerErrorCode,
  type PeerEvent,
} from "../peer/mod.ts";
import { advise, type Circumstances } from "./advice.ts";
import type { Say, StatusLevel, StatusLine } from "./status.ts";

/** What happens to a connection while it lasts, in words. */
const CONNECTION_EVENTS = {
  silent: (remote: string) => `silent: ${remote} does not answer, it is asked for again`,
  recovered: (remote: string) => `recovered: ${remote} answers again`,
  renewed: (remote: string) => `renewed: met ${remote} again`,
  restarted: (remote: string) =>
    `restarted: met ${remote} again, which has forgotten this connection`,
};

/** Says what happens to one peer; a lasting trouble once. */
export class Report {
  readonly #circumstances: Circumstances;
  readonly #say: Say;
  #trouble: PeerErrorCode | undefined;
  #asked: string | undefined;

  constructor(circumstances: Circumstances, say: Say) {
    this.#circumstances = circumstances;
    this.#say = say;
  }

  /** Says an event. */
  event(event: PeerEvent): void {
    switch (event.kind) {
      case "asked": {
        const server = formatEndpoint(event.server);
        const local = event.local.address;
        const level = this.#asked === `${server} ${local}` ? "detail" : "info";
        this.#asked = `${server} ${local}`;
        const text = `asked ${server} from ${local}`;
        return this.#say({ level, kind: "asked", text, members: { server, local } });
      }
      case "introduced": {
        this.#trouble = undefined;
        const [source, dest] = [event.source, event.dest].map(formatEndpoint);
        const text = `introduced ${source} to ${dest}`;
        return this.#say({ level: "info", kind: "introduced", text, members: { source, dest } });
      }
      case "refused": {
        const remote = formatEndpoint(event.dest);
        const text = `turned away ${remote}: it is not accepted`;
        return this.#say({ level: "info", kind: "turned_away", text, members: { remote } });
      }
      case "retry":
        return this.retry(event.error, event.delayMs);
      case "moved": {
        const { from: { address: from }, to: { address: to } } = event;
        const text = `moved from ${from} to ${to}`;
        return this.#say({ level: "info", kind: "moved", text, members: { from, to } });
      }
      case "punch_failed":
        return this.error(event.error, "warning");
      case "path":
      case "round_trip":
      case "max_datagram":
        return this.#say(describeDetail(event));
      default: {
        const { kind, remoteName: remote } = event;
        const text = CONNECTION_EVENTS[kind](remote);
        return this.#say({ level: "info", kind, text, members: { remote } });
      }
    }
  }

  /** Says that something is tried again, once for each kind of trouble in a row. */
  retry(error: PeerError, delayMs: number): void {
    const isNews = error.code !== this.#trouble;
    this.#trouble = error.code;
    const seconds = (delayMs / 1000).toFixed(1);
    const patience = isNews ? ` (it goes on trying, and says so once)` : "";
    const { sentence, wording } = advise(error, this.#circumstances, "tries again");
    this.#say({
      level: isNews ? "info" : "detail",
      kind: "retry",
      text: `retry in ${seconds} s${patience} after ${error.code}: ${sentence}`,
      members: { code: error.code, delayMs },
    });
    this.#sayWording(error.code, wording);
  }

  /** Says a connection that has just opened. */
  connected(connection: Connection): void {
    this.#trouble = undefined;
    const { remoteName, path, roundTripMs } = connection;
    const endpoint = formatEndpoint(path.endpoint);
    this.#say({
      level: "info",
      kind: "connected",
      text: `connected to ${remoteName}, ${path.kind} path ${endpoint}, ${
        roundTripMs.toFixed(1)
      } ms`,
      members: { remote: remoteName, path: path.kind, endpoint, roundTripMs },
    });
    const { fingerprint } = connection;
    const text = `fingerprint ${fingerprint}: the same on both sides if nobody sits between`;
    this.#say({ level: "detail", kind: "fingerprint", text, members: { fingerprint } });
  }

  /** Says how a connection ended, once it has. */
  async ended(connection: Connection): Promise<void> {
    const kind = await connection.ended;
    const { remoteName: remote, closeReason } = connection;
    if (closeReason === undefined) {
      return this.#say({ level: "info", kind, text: `${kind}: ${remote}`, members: { remote } });
    }
    const reason = escapeHidden(closeReason);
    const text = `${kind}: ${remote} said: ${reason}`;
    this.#say({ level: "info", kind, text, members: { remote, reason } });
  }

  /** Says an error; that of a PeerError begins with its code. */
  error(error: unknown, level: Extract<StatusLevel, "warning" | "error">): void {
    if (!(error instanceof PeerError)) return this.#say(describeError(error, level));
    const { sentence, wording } = advise(error, this.#circumstances, "ends");
    this.#sayWording(error.code, wording);
    const text = `${error.code}: ${sentence}`;
    this.#say({ level, kind: error.code, text, members: { code: error.code } });
  }

  #sayWording(code: PeerErrorCode, wording: string | undefined): void {
    if (wording === undefined) return;
    const text = `in the words of the server or the library: ${wording}`;
    this.#say({ level: "detail", kind: "wording", text, members: { code } });
  }
}

/** What is new of a connection that goes on as it was. */
function describeDetail(
  event: Extract<ConnectionEvent, { kind: "path" | "round_trip" | "max_datagram" }>,
): StatusLine {
  const { remoteName: remote } = event;
  switch (event.kind) {
    case "path": {
      const { kind: path, endpoint: to } = event.path;
      const endpoint = formatEndpoint(to);
      const text = `path: ${remote} is reached by a ${path} path now, ${endpoint}`;
      return { level: "detail", kind: "path", text, members: { remote, path, endpoint } };
    }
    case "round_trip": {
      const { roundTripMs } = event;
      const text = `round_trip: ${roundTripMs.toFixed(1)} ms to ${remote} and back`;
      return { level: "detail", kind: "round_trip", text, members: { remote, roundTripMs } };
    }
    case "max_datagram": {
      const { maxDatagramBytes } = event;
      const text = `max_datagram: ${maxDatagramBytes} bytes fit the path to ${remote}`;
      return { level: "detail", kind: "max_datagram", text, members: { remote, maxDatagramBytes } };
    }
  }
}

/** An error that has no code, in one line. */
export function describeError(
  error: unknown,
  level: Extract<StatusLevel, "warning" | "error">,
): StatusLine {
  return { level, kind: "failed", text: errorLine(error) };
}
