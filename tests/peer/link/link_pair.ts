/**
 * Two links and the wire between them, for scripts with times.
 *
 * @module
 */

import { type Endpoint, formatEndpoint, parseEndpoint } from "../../../src/address.ts";
import { decodePacket, type Packet } from "../../../src/peer/channel/packet.ts";
import type { Role } from "../../../src/peer/channel/link_keys.ts";
import type { Resumption } from "../../../src/peer/channel/resumption.ts";
import { Link } from "../../../src/peer/link/link.ts";
import type { LinkEnding, LinkOptions, LinkOutput } from "../../../src/peer/link/link_events.ts";
import type { LinkNews } from "../../../src/peer/link/news.ts";
import type { Turn } from "../../../src/peer/link/probing.ts";
import { OwnNat } from "../../../src/peer/link/punch_report.ts";
import { Prng } from "../../simulated/prng.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";

/** A packet on the wire. */
export interface Sent {
  readonly atMs: number;
  readonly by: "a" | "b";
  readonly source: Endpoint;
  readonly to: Endpoint;
  readonly kind: Packet["kind"];
  readonly bytes: Uint8Array;
}

/** Makes an endpoint of text. */
export function at(text: string): Endpoint {
  return parseEndpoint(text)!;
}

/** Public and local endpoints of the two sides. */
export const A = at("198.51.100.1:4001");
export const B = at("198.51.100.2:4002");
export const A_LOCAL = at("192.168.1.1:5001");
export const B_LOCAL = at("192.168.1.2:5002");

/** One way over the wire. */
export const WIRE_DELAY_MS = 10;

const PAIR_KEY = "00112233445566778899aabbccddeeff";

/** One end. */
export class Side {
  readonly received: string[] = [];
  /** What came for its streams. */
  readonly streamed: string[] = [];
  /** Everything that the link said, but packets and datagrams. */
  readonly said: LinkOutput["kind"][] = [];
  readonly news: LinkNews[] = [];
  agreed: (LinkOutput & { readonly kind: "agreed" }) | undefined;
  ending: LinkEnding | undefined;
  link!: Link;

  /** @param source where its packets for an endpoint come from, after NAT */
  constructor(readonly name: "a" | "b", public source: (to: Endpoint) => Endpoint) {}

  get isOpen(): boolean {
    return this.said.includes("opened");
  }

  get isGone(): boolean {
    return this.said.includes("gone");
  }

  /** How often the link asked to be introduced again. */
  get silences(): number {
    return this.said.filter((kind) => kind === "silent").length;
  }

  /** The path in use, in short. */
  get path(): string {
    const { path } = this.link;
    return path === undefined ? "none" : `${path.kind} ${formatEndpoint(path.endpoint)}`;
  }
}

/** What tests vary of a pair. */
export interface PairOptions {
  /** Whether the sides were told of each other's local endpoints. */
  readonly local?: "told" | "not told";
  readonly nat?: OwnNat;
  readonly pairKey?: string;
  readonly seed?: number;
  readonly a?: Partial<LinkOptions>;
  readonly b?: Partial<LinkOptions>;
}

/** Both ends, from their introduction on: a initiates, b responds. */
export class LinkPair {
  readonly clock = new VirtualClock(0);
  readonly a = new Side("a", () => A);
  readonly b = new Side("b", () => B);
  /** Everything that was put on the wire. */
  readonly sent: Sent[] = [];
  /** Says what passes; asked when a packet arrives. */
  passes: (packet: Sent) => boolean = () => true;
  /** Told of each packet as it is sent. */
  onSent: (packet: Sent) => void = () => {};
  /** Who receives what is sent to an endpoint. */
  readonly owners = new Map<string, Side>([
    [formatEndpoint(A), this.a],
    [formatEndpoint(B), this.b],
  ]);
  readonly #prng: Prng;
  readonly #timers = new Map<Side, () => void>();

  constructor(options: PairOptions = {}) {
    this.#prng = new Prng(options.seed ?? 1);
    const { nat = new OwnNat(A.port, []) } = options;
    this.#start(this.a, "initiator", A, B, B_LOCAL, { ownNat: nat, ...options.a }, options);
    const ownNat = new OwnNat(B.port, []);
    this.#start(this.b, "responder", B, A, A_LOCAL, { ownNat, ...options.b }, options);
  }

  /** Puts both sides into one network. */
  shareNetwork(): void {
    this.owners.set(formatEndpoint(A_LOCAL), this.a);
    this.owners.set(formatEndpoint(B_LOCAL), this.b);
    this.a.source = (to) => to.address.startsWith("192.168.") ? A_LOCAL : A;
    this.b.source = (to) => to.address.startsWith("192.168.") ? B_LOCAL : B;
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    this.clock.runUntil(this.clock.nowMs() + durationMs);
  }

  /** Both open, quickly. */
  open(): void {
    this.run(500);
    if (!this.a.isOpen || !this.b.isOpen) throw new Error("expected both sides open");
  }

  say(side: Side, text: string, kind: "data" | "stream" = "data"): void {
    this.#perform(side, side.link.send(kind, new TextEncoder().encode(text), this.clock.nowMs()));
  }

  close(side: Side, reason?: string): void {
    this.#perform(side, side.link.close(this.clock.nowMs(), reason));
  }

  setTurn(side: Side, turn: Turn): void {
    this.#perform(side, side.link.setTurn(turn, this.clock.nowMs()));
  }

  /** Gives bytes to a side, as if from `source`. */
  inject(side: Side, bytes: Uint8Array, source: Endpoint): void {
    const packet = decodePacket(bytes.slice());
    if (packet === undefined || packet.id !== side.link.id) return;
    this.#perform(side, side.link.receive(packet, source, this.clock.nowMs()));
  }

  /** What a side has sent of some kinds. */
  sentBy(by: "a" | "b", ...kinds: readonly Packet["kind"][]): Sent[] {
    return this.sent.filter((packet) => packet.by === by && kinds.includes(packet.kind));
  }

  /** What a side has sent to find a path or keep it. */
  probesBy(by: "a" | "b"): Sent[] {
    return this.sentBy(by, "message 1", "message 2", "knock", "probe");
  }

  #start(
    side: Side,
    role: Role,
    own: Endpoint,
    dest: Endpoint,
    destLocal: Endpoint,
    change: Partial<LinkOptions> & Pick<LinkOptions, "ownNat">,
    { local = "told", pairKey = PAIR_KEY }: PairOptions,
  ): void {
    const extension = { destAgeMs: 0, destLocal: local === "told" ? [destLocal] : [] };
    side.link = new Link({
      introduction: { source: own, dest, extension },
      pairKey,
      role,
      secret: new Uint8Array(0),
      remoteName: formatEndpoint(dest),
      random: (length) => Uint8Array.from({ length }, () => this.#prng.integer(0, 255)),
      resumption: undefined,
      findResumption: () => undefined,
      whenIdle: "rest",
      nowMs: this.clock.nowMs(),
      ...change,
    });
    this.setTurn(side, "has");
  }

  #perform(side: Side, outputs: readonly LinkOutput[]): void {
    for (const output of outputs) {
      if (output.kind === "send") this.#transmit(side, output.packet, output.to);
      else if (output.kind === "datagram") {
        side.received.push(new TextDecoder().decode(output.datagram));
      } else if (output.kind === "stream") {
        side.streamed.push(new TextDecoder().decode(output.body));
      } else {
        side.said.push(output.kind);
        if (output.kind === "news") side.news.push(output.news);
        if (output.kind === "agreed") side.agreed = output;
        if (output.kind === "ended") side.ending = output.ending;
      }
    }
    this.#timers.get(side)?.();
    const { nextDeadlineMs } = side.link;
    if (nextDeadlineMs === Infinity) return;
    const { clock } = this;
    const expire = () => this.#perform(side, side.link.expire(clock.nowMs()));
    this.#timers.set(side, clock.schedule(nextDeadlineMs - clock.nowMs(), expire));
  }

  #transmit(side: Side, bytes: Uint8Array, to: Endpoint): void {
    const { kind } = decodePacket(bytes)!;
    const source = side.source(to);
    const packet: Sent = { atMs: this.clock.nowMs(), by: side.name, source, to, kind, bytes };
    this.sent.push(packet);
    this.onSent(packet);
    const owner = this.owners.get(formatEndpoint(to));
    this.clock.schedule(WIRE_DELAY_MS, () => {
      if (owner !== undefined && this.passes(packet)) this.inject(owner, bytes, source);
    });
  }
}

/** Resumptions by name, as a driver holds them. */
export function finder(...held: readonly Resumption[]): LinkOptions["findResumption"] {
  return (name) => held.find((one) => one.name.toHex() === name.toHex());
}
