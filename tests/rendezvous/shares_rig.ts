/**
 * The places of a small server, as a script sees them: sessions have names, and what a newcomer
 * meets is a word.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PerPrefix } from "../../src/rendezvous/prefix.ts";
import { SessionShares, type ShareEntry } from "../../src/rendezvous/session_shares.ts";
import { NO_SLOT } from "../../src/rendezvous/slot_lists.ts";
import { countingRandom32 } from "./rig.ts";

/** What a session asks for. */
export type ConnectionType = "Server" | "Client" | "Peer";

/** A session without a connection. */
export class ScriptedEntry implements ShareEntry {
  readonly address: string;
  readonly connectedMs: number;
  request: { readonly connectionType: ConnectionType } | undefined;
  requestMs = 0;
  shareSlot = NO_SLOT;

  constructor(address: string, connectedMs: number) {
    this.address = address;
    this.connectedMs = connectedMs;
  }
}

/** The stage: every session is known by the name that the script gives it. */
export class SharesRig {
  readonly shares: SessionShares<ScriptedEntry>;
  readonly #sessions = new Map<string, ScriptedEntry>();

  constructor(maxSessions: number, sessionsPerPrefix: PerPrefix = { address: 0, network: 0 }) {
    const random32 = countingRandom32();
    this.shares = new SessionShares({ maxSessions, sessionsPerPrefix, random32 });
  }

  /** A session that connected and asked for nothing. */
  connects(name: string, address: string, nowMs: number): ScriptedEntry {
    assert(!this.#sessions.has(name), `${name} is a new name`);
    const session = new ScriptedEntry(address, nowMs);
    this.#sessions.set(name, session);
    this.shares.add(session);
    return session as ScriptedEntry;
  }

  /** A session that asked as soon as it connected. */
  asks(name: string, address: string, connectionType: ConnectionType, nowMs: number): void {
    this.connects(name, address, nowMs);
    this.requests(name, connectionType, nowMs);
  }

  /** A session that asked and got its lease as soon as it connected. */
  settles(name: string, address: string, connectionType: ConnectionType, nowMs: number): void {
    this.asks(name, address, connectionType, nowMs);
    this.getsLease(name);
  }

  /** A session asks. */
  requests(name: string, connectionType: ConnectionType, nowMs: number): void {
    const session = this.#session(name);
    session.request = { connectionType };
    session.requestMs = nowMs;
    this.shares.requested(session);
  }

  /** The datagram of a session that asked arrives. */
  getsLease(name: string): void {
    this.shares.gotLease(this.#session(name));
  }

  /** A session goes. */
  leaves(name: string): void {
    this.shares.remove(this.#session(name));
  }

  /** Asserts what a newcomer meets: `free`, `full`, the level of a limit, or who gives way. */
  meets(address: string, nowMs: number, expected: string): void {
    const place = this.shares.place(address, nowMs);
    assertEquals(this.#word(place), expected, `${address} at ${nowMs}`);
  }

  #word(place: ReturnType<SessionShares<ScriptedEntry>["place"]>): string {
    switch (place.kind) {
      case "free":
      case "full":
        return place.kind;
      case "over_limit":
        return place.level;
      case "given_up":
        return [...this.#sessions].find(([, session]) => session === place.by)?.[0] ?? "nobody";
    }
  }

  #session(name: string): ScriptedEntry {
    const session = this.#sessions.get(name);
    assert(session !== undefined, `${name} is on stage`);
    return session as ScriptedEntry;
  }
}
