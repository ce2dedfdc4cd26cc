/**
 * A bounded queue between what arrives and who iterates.
 *
 * @module
 */

/** What else bounds a queue, where its items differ: their sizes. */
export interface QueueRoom<Item> {
  /** Whether an item can be added to those that are there. */
  fits(item: Item): boolean;
  /** One is added. */
  add(item: Item): void;
  /** One is taken out. */
  remove(item: Item): void;
}

/**
 * Holds at most `limit` items, and what has room; one more pushes the oldest out. The newest is always
 * held. Iterated by one reader.
 */
export class Queue<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #limit: number;
  readonly #onDropped: ((item: Item) => void) | undefined;
  readonly #room: QueueRoom<Item> | undefined;
  #items: Item[] = [];
  /** Items before this index are gone: shifting an array of a thousand for each would cost. */
  #head = 0;
  #waiting: PromiseWithResolvers<IteratorResult<Item, undefined>>[] = [];
  #ending: { readonly error: unknown } | "ended" | undefined;
  #droppedCount = 0;

  /** @param onDropped told of each item that was pushed out */
  constructor(limit: number, onDropped?: (item: Item) => void, room?: QueueRoom<Item>) {
    this.#limit = limit;
    this.#onDropped = onDropped;
    this.#room = room;
  }

  /** Items that were pushed out. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Adds an item; after the end it is ignored. */
  push(item: Item): void {
    if (this.#ending !== undefined) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: item });
    while (this.#isFullFor(item)) {
      this.#droppedCount++;
      const oldest = this.#take();
      this.#onDropped?.(oldest);
    }
    this.#items.push(item);
    this.#room?.add(item);
  }

  /** Takes out what nobody has iterated yet. */
  drain(): Item[] {
    const items = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    for (const item of items) this.#room?.remove(item);
    return items;
  }

  /** Ends the iteration after the items that are already there. */
  end(): void {
    this.#finish("ended");
  }

  /** Makes the iteration throw `error` after the items that are already there. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#items.length > this.#head) {
      return Promise.resolve({ done: false, value: this.#take() });
    }
    if (this.#ending === "ended") return Promise.resolve({ done: true, value: undefined });
    if (this.#ending !== undefined) {
      const { error } = this.#ending;
      this.#ending = "ended";
      return Promise.reject(error);
    }
    const reader = Promise.withResolvers<IteratorResult<Item, undefined>>();
    this.#waiting.push(reader);
    return reader.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #isFullFor(item: Item): boolean {
    const count = this.#items.length - this.#head;
    return count >= this.#limit || count > 0 && this.#room?.fits(item) === false;
  }

  #take(): Item {
    const item = this.#items[this.#head++];
    this.#room?.remove(item);
    if (this.#head === this.#items.length || this.#head > this.#limit) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #finish(ending: { readonly error: unknown } | "ended"): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    for (const reader of this.#waiting.splice(0)) {
      if (ending === "ended") {
        reader.resolve({ done: true, value: undefined });
      } else {
        reader.reject(ending.error);
        this.#ending = "ended";
      }
    }
  }
}
