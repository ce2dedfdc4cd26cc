/**
 * What arrives from another process, kept until a test asks for it.
 *
 * @module
 */

/** Nothing in the lab takes this long: a test that waits longer has failed. */
const DEADLINE_MS = 30_000;

/** Things in the order of their arrival. */
export class Mailbox<T> {
  #things: T[] = [];
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  /** Everything that arrived and was not taken. */
  get things(): readonly T[] {
    return this.#things;
  }

  /** Puts one in. */
  put(thing: T): void {
    this.#things.push(thing);
    this.#notify();
  }

  /** Nothing more will come: waiting in vain ends at once. */
  end(): void {
    this.#isOver = true;
    this.#notify();
  }

  /**
   * Waits for the first thing that `matches`, without taking any.
   *
   * @param what names what is waited for
   * @throws {Error} when none has come by the deadline, or none can come any more
   */
  async find(matches: (thing: T) => boolean, what: string, deadlineMs = DEADLINE_MS): Promise<T> {
    return this.#things[await this.#index(matches, what, deadlineMs)];
  }

  /** Waits like {@linkcode find} and takes that thing and all that came before it. */
  async take(matches: (thing: T) => boolean, what: string, deadlineMs = DEADLINE_MS): Promise<T[]> {
    return this.#things.splice(0, await this.#index(matches, what, deadlineMs) + 1);
  }

  async #index(matches: (thing: T) => boolean, what: string, deadlineMs: number): Promise<number> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#notify();
    }, deadlineMs);
    try {
      for (;;) {
        const index = this.#things.findIndex(matches);
        if (index >= 0) return index;
        if (isLate || this.#isOver) throw new Error(this.#failure(what, isLate, deadlineMs));
        await this.#wake.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #failure(what: string, isLate: boolean, deadlineMs: number): string {
    const until = isLate ? `within ${deadlineMs} ms` : "before the end";
    return `Cannot go on: expected ${what} ${until}, received ${JSON.stringify(this.#things)}`;
  }
}
