/**
 * A link on its socket, with the conversation that it serves: performs what the link wants done.
 *
 * @module
 */

import type { Endpoint } from "../../address.ts";
import { type HeapEntry, NOT_IN_HEAP } from "../../async/deadline_heap.ts";
import { PeerError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import type { LinkEnding, LinkOutput } from "../link/link_events.ts";
import type { SendOutcome } from "../platform/platform.ts";
import { NO_PATH, type Passage } from "./connection.ts";
import { type Carriage, Conversation, type ConversationParts } from "./conversation.ts";

/** What comes of a link: a new conversation, or one that goes on. */
export interface Outcome {
  readonly kind: "new" | "goes on";
  readonly conversation: Conversation;
}

/** What a link is for. */
export interface Purpose extends ConversationParts {
  /** The conversation that is to go on over it, whether it resumes or not; `undefined`: a new one. */
  readonly renewed: Conversation | undefined;
}

/** What a carrier needs of its socket. */
export interface CarrierSocket {
  readonly nowMs: () => number;
  readonly transmit: (packet: Uint8Array, to: Endpoint) => Promise<SendOutcome>;
  /** Runs what concerns one link: an exception in it ends that link alone. */
  readonly run: (carrier: Carrier, work: () => readonly LinkOutput[]) => Promise<Passage>;
  /** The link heard something, or is over: it needs no turn. */
  readonly onHeard: (carrier: Carrier) => void;
  /** Nothing of the link remains to be done. */
  readonly onGone: (carrier: Carrier) => void;
}

const NOTHING: LinkOutput[] = [];

/** One link. */
export class Carrier implements Carriage, HeapEntry {
  readonly link: Link;
  deadlineMs = Infinity;
  heapIndex = NOT_IN_HEAP;
  /** Resolves when there is a path. Rejects with a `punch_failed` error, or when closed before. */
  readonly outcome: Promise<Outcome>;
  readonly #socket: CarrierSocket;
  readonly #purpose: Purpose;
  readonly #outcome = Promise.withResolvers<Outcome>();
  readonly #gone = Promise.withResolvers<void>();
  #agreed: (LinkOutput & { readonly kind: "agreed" }) | undefined;
  /** Set when the first sealed packet was heard. */
  #serves: Outcome | undefined;
  #isGivenUp = false;

  constructor(socket: CarrierSocket, link: Link, purpose: Purpose) {
    this.#socket = socket;
    this.link = link;
    this.#purpose = purpose;
    this.outcome = this.#outcome.promise;
  }

  /** Resolves when nothing remains to be sent. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** When {@linkcode Carrier.expire} is to be called. */
  get nextDeadlineMs(): number {
    const streamsMs = this.#serves?.conversation.nextDeadlineMsOver(this) ?? Infinity;
    return Math.min(this.link.nextDeadlineMs, streamsMs);
  }

  send(datagram: Uint8Array): Promise<Passage> {
    return this.#socket.run(this, () => this.link.send("data", datagram, this.#socket.nowMs()));
  }

  sendStream(body: Uint8Array): void {
    this.perform(this.link.send("stream", body, this.#socket.nowMs()));
  }

  drive(work: () => void): void {
    this.#socket.run(this, () => {
      work();
      return NOTHING;
    });
  }

  /** Does what is due. */
  expire(nowMs: number): void {
    this.#socket.run(this, () => {
      this.#serves?.conversation.expireOver(this, nowMs);
      return nowMs >= this.link.nextDeadlineMs ? this.link.expire(nowMs) : NOTHING;
    });
  }

  close(reason?: string): Promise<void> {
    this.#socket.run(this, () => this.link.close(this.#socket.nowMs(), reason));
    return this.gone;
  }

  /** Closes what goes over the link with it, as its user would. */
  async closeAll(): Promise<void> {
    await this.#serves?.conversation.close();
    await this.close();
  }

  abandon(): void {
    this.link.abandon();
    this.#leave();
  }

  /** Nobody waits for it any more; a link that serves a conversation stays. */
  giveUp(reason: unknown): void {
    if (this.#serves === undefined) this.fail(reason);
  }

  /** An exception in this link, or in what its user does with its events. */
  fail(error: unknown): void {
    this.#serves?.conversation.fail(error);
    this.#outcome.reject(error);
    this.abandon();
  }

  /** Performs what the link wants done. @returns what became of the last packet, if there is one */
  perform(outputs: readonly LinkOutput[]): Promise<Passage> {
    let sent = NO_PATH;
    const wasGivenUp = this.#isGivenUp;
    for (const output of outputs) {
      // What it wanted before it was given up would tell the other side that it is not.
      if (this.#isGivenUp !== wasGivenUp) break;
      if (output.kind === "send") sent = this.#socket.transmit(output.packet, output.to);
      else this.#perform(output);
    }
    return sent;
  }

  #perform(output: Exclude<LinkOutput, { readonly kind: "send" }>): void {
    const conversation = this.#serves?.conversation;
    switch (output.kind) {
      case "heard":
        return this.#socket.onHeard(this);
      case "agreed":
        return this.#agree(output);
      case "confirmed":
        return this.#confirm();
      case "opened":
        if (this.#serves === undefined) return;
        this.#outcome.resolve(this.#serves);
        return this.#serves.conversation.settle(this);
      case "datagram":
        return conversation?.receive(output.datagram);
      case "stream":
        return conversation?.receiveStream(this, output.body);
      case "moved":
        return conversation?.changePath(this);
      case "news":
        return conversation?.tellNews(this, output.news);
      case "silent":
        return conversation?.fallSilent();
      case "recovered":
        return conversation?.recover();
      case "ended":
        return this.#end(output.ending);
      case "gone":
        return this.#leave();
    }
  }

  /**
   * A link that does not resume takes the place of one that fell silent, and of no other: while the
   * old one is answered, somebody else may be behind the new one.
   */
  #agree(agreed: LinkOutput & { readonly kind: "agreed" }): void {
    this.#agreed = agreed;
    const { renewed } = this.#purpose;
    if (renewed === undefined || agreed.resumed === renewed.resumption) return;
    if (renewed.isAnswered || renewed.isOver) this.#giveUp();
    else renewed.restart(agreed);
  }

  #confirm(): void {
    const agreed = this.#agreed;
    const path = this.link.path;
    if (agreed === undefined || path === undefined) return;
    const { renewed, among } = this.#purpose;
    const goesOn = renewed ?? (agreed.resumed && among.of(agreed.resumed));
    if (goesOn !== undefined && !goesOn.isOver) {
      this.#serves = { kind: "goes on", conversation: goesOn };
      goesOn.moveTo(this);
    } else if (agreed.resumed !== undefined || renewed !== undefined) {
      this.#giveUp();
    } else {
      const conversation = new Conversation(this.#purpose, agreed, this, path);
      this.#serves = { kind: "new", conversation };
    }
  }

  #giveUp(): void {
    this.close();
    this.#isGivenUp = true;
  }

  #end(ending: LinkEnding): void {
    this.#outcome.reject(
      ending.reason === "punch_failed" ? ending.error : new PeerError(
        "cancelled",
        `Cannot reach ${this.#purpose.remoteName}: closed on this side`,
      ),
    );
    this.#serves?.conversation.endLink(this, ending);
  }

  #leave(): void {
    this.#socket.onGone(this);
    this.#gone.resolve();
  }
}
