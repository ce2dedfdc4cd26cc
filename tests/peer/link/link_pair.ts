/**
 * Two links and the wire between them, for scripts with times.
 *
 * @module
 */

import { type Endpoint, formatEndpoint, parseEndpoint } from "../../../src/address.ts";
import { denoPlatform } from "../../../src/peer/platform/deno_platform.ts";
import { Link } from "../../../src/peer/link/link.ts";
import type { LinkEnding } from "../../../src/peer/link/link_options.ts";
import { decodePacket, type PacketKind } from "../../../src/peer/channel/packet.ts";
import { OwnNat } from "../../../src/peer/link/punch_report.ts";
import { VirtualClock } from "../../simulated/virtual_clock.ts";

/** A packet on the wire. */
export interface Sent {
  readonly atMs: number;
  readonly by: "a" | "b";
  readonly source: Endpoint;
  readonly to: Endpoint;
  readonly kind: PacketKind;
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
  isOpen = false;
  isGone = false;
  ending: LinkEnding | undefined;
  link!: Link;

  /** @param source where its packets for an endpoint come from, after NAT */
  constructor(readonly name: "a" | "b", public source: (to: Endpoint) => Endpoint) {}

  /** The path in use, in short. */
  get path(): string {
    const { path } = this.link;
    return path === undefined ? "none" : `${path.kind} ${formatEndpoint(path.endpoint)}`;
  }

  say(text: string): void {
    this.link.send(new TextEncoder().encode(text));
  }
}

/** Both ends, from their introduction on. */
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

  /** @param local whether the sides were told of each other's local endpoints */
  constructor({ local = "told" as "told" | "not told", nat = new OwnNat(A.port, []) } = {}) {
    this.#start(this.a, A, B, local === "told" ? [B_LOCAL] : [], nat);
    this.#start(this.b, B, A, local === "told" ? [A_LOCAL] : [], new OwnNat(B.port, []));
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

  /** Gives bytes to a side, as if from `source`. */
  inject(side: Side, bytes: Uint8Array, source: Endpoint): void {
    const copy = bytes.slice();
    const packet = decodePacket(copy);
    if (packet !== undefined) side.link.receive(packet, copy, source);
  }

  /** What a side has sent of a kind. */
  sentBy(by: "a" | "b", kind: PacketKind): Sent[] {
    return this.sent.filter((packet) => packet.by === by && packet.kind === kind);
  }

  #start(side: Side, own: Endpoint, dest: Endpoint, destLocal: Endpoint[], ownNat: OwnNat): void {
    side.link = new Link({
      introduction: { source: own, dest, extension: { destAgeMs: 0, destLocal } },
      pairKey: PAIR_KEY,
      remoteName: formatEndpoint(dest),
      clock: this.clock,
      secrets: denoPlatform.secrets,
      ownNat,
      transmit: (bytes, to) => this.#transmit(side, bytes, to),
      onOpen: () => side.isOpen = true,
      onDatagram: (datagram) => side.received.push(new TextDecoder().decode(datagram)),
      onEnd: (ending) => side.ending = ending,
      onGone: () => side.isGone = true,
    });
  }

  #transmit(side: Side, bytes: Uint8Array, to: Endpoint): Promise<void> {
    const { kind } = decodePacket(bytes)!;
    const source = side.source(to);
    const packet: Sent = { atMs: this.clock.nowMs(), by: side.name, source, to, kind, bytes };
    this.sent.push(packet);
    this.onSent(packet);
    const owner = this.owners.get(formatEndpoint(to));
    this.clock.schedule(WIRE_DELAY_MS, () => {
      if (owner !== undefined && this.passes(packet)) this.inject(owner, bytes, source);
    });
    return Promise.resolve();
  }
}
