/**
 * What must hold of every introduction: it is mutual, within one step; it names the newest observed
 * endpoints of two peers that asked for each other; and it carries the extensions that were asked
 * for, no others.
 *
 * @module
 */

import { type Endpoint, formatEndpoint } from "../../../src/address.ts";
import type { Introduction } from "../../../src/protocol/message.ts";
import type { KnownSession, LeaseEvidence, Memory } from "./memory.ts";
import { givenName } from "./places.ts";
import type { Tallies } from "./tallies.ts";
import { isReady } from "./times.ts";
import { demand } from "./violation.ts";

interface Half {
  readonly session: KnownSession;
  readonly introduction: Introduction;
  /** Whom it must be to; a host's half fits any of its clients. */
  readonly remote: KnownSession | undefined;
}

const PAIR_KEY = /^[0-9a-f]{32}$/;

/** Pairs the halves of introductions and checks each pair. */
export class Introductions {
  readonly #tallies: Tallies;
  readonly #memory: Memory;
  readonly #pairKeys = new Set<string>();
  #halves: Half[] = [];

  /** @param tallies where pairs are counted */
  constructor(memory: Memory, tallies: Tallies) {
    this.#memory = memory;
    this.#tallies = tallies;
  }

  /** A session was told of a remote peer. */
  told(session: KnownSession, introduction: Introduction, nowMs: number): void {
    const half = { session, introduction, remote: this.#remoteOf(session) };
    const other = this.#halves.find((other) => isCounterpart(half, other));
    if (other === undefined) {
      this.#halves.push(half);
      return;
    }
    this.#halves = this.#halves.filter((each) => each !== other);
    for (const [one, another] of [[half, other], [other, half]]) {
      this.#checkPair(one, another, nowMs);
      this.#checkNames(one.session, another.session);
    }
    this.#checkPairKey(half, other);
    this.#tallies.introductions++;
    this.#countNames(session.place === undefined ? other.session : session);
  }

  /** The step is over: nobody may be left who alone was told. */
  endStep(): void {
    demand(
      this.#halves.length === 0,
      "Response: Every introduction is mutual: both peers are told in the same step.",
      () => `only #${this.#halves[0].session.id} was told`,
    );
  }

  /** Counts by which of its names whoever asked was introduced. */
  #countNames({ request, place }: KnownSession): void {
    const { byName } = this.#tallies;
    if (request === undefined || request.connectionType === "Server") return;
    if (!("name" in request.remote)) return;
    if (request.connectionType === "Client") byName.hosts++;
    else if (place?.meets === "whoever is ready") byName.meetings++;
    else byName.pairs++;
  }

  #remoteOf(session: KnownSession): KnownSession | undefined {
    if (session.due !== undefined) return session.due.remote;
    switch (session.request?.connectionType) {
      case "Client":
        return this.#memory.hosts.get(session.remoteName);
      case "Peer": {
        const told = this.#halves.find(({ remote }) => remote === session)?.session;
        return told ?? this.#memory.partnerOf(session);
      }
      default:
        return undefined;
    }
  }

  #checkPair(half: Half, other: Half, nowMs: number): void {
    const { session, introduction: { source, dest } } = half;
    demand(
      isSame(source, other.introduction.dest) && isSame(dest, other.introduction.source),
      "Response: Both peers are told the same two endpoints, each its own as Source.",
      () => `#${session.id} was told ${formatEndpoint(source)} and ${formatEndpoint(dest)}`,
    );
    const lease = evidence(session, other.session);
    demand(
      isDue(session, other.session) || isReady(session, nowMs),
      "Order of datagram and request: Both leases are there, and new enough or 100 ms awaited.",
      () => `#${session.id} ${session.key} was introduced with ${JSON.stringify(lease)}`,
    );
    demand(
      source.address === session.address && source.port === lease?.port,
      "Token: Source is that of the newest datagram with the address, PeerPort and Token.",
      () => `#${session.id} was told ${formatEndpoint(source)}, the newest is ${lease?.port}`,
    );
    this.#checkExtension(half, other, nowMs);
  }

  #checkNames(session: KnownSession, remote: KnownSession): void {
    demand(
      isNamedBy(session, remote),
      "Names: Who asks by name is introduced to whom the name belongs, and to nobody else by it.",
      () => `#${session.id} asked for ${session.remoteName}, and met #${remote.id}`,
    );
    const [own, theirs] = [session.place, remote.place];
    demand(
      own?.meets !== "whoever is ready" || own.of === theirs?.of && own.within !== theirs.within,
      "Names: At a meeting point two Tokens meet.",
      () => `#${session.id} met #${remote.id}`,
    );
  }

  #checkExtension({ session, introduction: { extension } }: Half, other: Half, nowMs: number) {
    demand(
      (extension !== undefined) === (session.token !== undefined),
      "Extended response: A session with a Token, and no other, gets the extended members.",
      () => `#${session.id} was told ${JSON.stringify(extension)}`,
    );
    if (extension === undefined) return;
    const datagramMs = evidence(other.session, session)?.datagramMs as number;
    demand(
      extension.destAgeMs === Math.floor(nowMs - datagramMs),
      "Extended response: DestAgeMs is the time since the remote peer's last datagram.",
      () => `#${session.id} was told ${extension.destAgeMs}, not ${nowMs - datagramMs}`,
    );
    const locals = other.session.request?.extension?.localEndpoints ?? [];
    demand(
      (extension.destLocal ?? []).map(formatEndpoint).join() ===
          locals.map(formatEndpoint).join() &&
        extension.destLocal?.length !== 0,
      "Local endpoints: DestLocal is what the remote peer gave, and absent without any.",
      () => `#${session.id} was told ${JSON.stringify(extension.destLocal)}`,
    );
    const note = other.session.request?.extension?.note;
    demand(
      extension.destNote === note,
      "Note: DestNote is the remote peer's newest Note, and absent without one.",
      () => `#${session.id} was told ${extension.destNote}, not ${note}`,
    );
  }

  #checkPairKey(a: Half, b: Half): void {
    const keyA = a.introduction.extension?.pairKey;
    const keyB = b.introduction.extension?.pairKey;
    if (a.session.token === undefined || b.session.token === undefined) {
      demand(
        keyA === undefined && keyB === undefined,
        "Extended response: A PairKey needs two extended requests.",
        () => `#${a.session.id} ${keyA}, #${b.session.id} ${keyB}`,
      );
      return;
    }
    demand(
      keyA !== undefined && keyA === keyB && PAIR_KEY.test(keyA) && !this.#pairKeys.has(keyA),
      "Extended response: Two extended peers get the same PairKey, and nobody else ever gets it.",
      () => `#${a.session.id} ${keyA}, #${b.session.id} ${keyB}`,
    );
    this.#pairKeys.add(keyA);
  }
}

/** Whether what one asked for is what the other one is called. */
function isNamedBy({ request, remoteName }: KnownSession, remote: KnownSession): boolean {
  if (request?.connectionType === "Server") return remote.request?.connectionType === "Client";
  if (request?.connectionType === "Client") return remote.doors.includes(remoteName);
  const isByName = request !== undefined && "name" in request.remote;
  const theirName = remote.request?.extension?.localName;
  return remoteName ===
    (isByName && theirName !== undefined ? givenName(remote.address, theirName) : remote.name);
}

/** Whether two halves belong together by what was asked for. */
function isCounterpart(a: Half, b: Half): boolean {
  return a.remote === b.session && (b.remote === a.session || b.remote === undefined) ||
    b.remote === a.session && a.remote === undefined;
}

/** Whether only the time was missing for this introduction when the step began. */
function isDue(a: KnownSession, b: KnownSession): boolean {
  return a.due?.remote === b || b.due?.remote === a;
}

/** The lease that a session was to be introduced with. */
function evidence(session: KnownSession, remote: KnownSession): LeaseEvidence | undefined {
  if (session.due?.remote === remote) return session.due.own;
  if (remote.due?.remote === session) return remote.due.theirs;
  return session.lease;
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
