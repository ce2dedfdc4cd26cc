/**
 * The conversations of one host, or with one remote peer, and what may become some.
 *
 * @module
 */

import type { Resumption } from "../channel/resumption.ts";
import type { Conversation } from "./conversation.ts";

/** What may become a conversation. */
interface Attempt {
  readonly outcome: Promise<unknown>;
  close(reason?: string): Promise<void>;
}

/** Conversations by what resumes them: those of one host, over all of its sockets. */
export class Conversations implements Iterable<Conversation> {
  readonly #all = new Set<Conversation>();
  readonly #attempts = new Set<Attempt>();

  [Symbol.iterator](): Iterator<Conversation> {
    return this.#all.values();
  }

  /** Adds one. */
  add(conversation: Conversation): void {
    this.#all.add(conversation);
  }

  /** Notes an attempt to begin one, or to let one go on. */
  watch(attempt: Attempt): void {
    this.#attempts.add(attempt);
    const forget = () => void this.#attempts.delete(attempt);
    attempt.outcome.then(forget, forget);
  }

  /** Closes all of them, and attempts; resolves when nothing remains to be sent. */
  async close(reason?: string): Promise<void> {
    await Promise.all([...this.#all, ...this.#attempts].map((one) => one.close(reason)));
  }

  /** Takes one out. */
  delete(conversation: Conversation): void {
    this.#all.delete(conversation);
  }

  /** The one that something resumes. */
  of(resumption: Resumption): Conversation | undefined {
    return [...this.#all].find((conversation) => conversation.resumption === resumption);
  }

  /** What has a name; names are no secrets. */
  find(name: Uint8Array): Resumption | undefined {
    for (const { resumption } of this.#all) {
      if (resumption.isNamed(name)) return resumption;
    }
    return undefined;
  }
}
