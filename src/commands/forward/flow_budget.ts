/**
 * How many flows there may be over all connections.
 *
 * @module
 */

/** The flows of one connection. */
export interface FlowOwner {
  /** How many it has. */
  readonly size: number;
  /** Ends the one that was idle longest. */
  endIdlest(): void;
}

/**
 * Room for a number of flows. When it is all taken the owner of most gives one up, so that nobody
 * takes the room of everybody else.
 */
export class FlowBudget {
  readonly #limit: number;
  readonly #owners = new Set<FlowOwner>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** An owner that may have flows from now on. */
  enter(owner: FlowOwner): void {
    this.#owners.add(owner);
  }

  /** An owner that has none any more. */
  leave(owner: FlowOwner): void {
    this.#owners.delete(owner);
  }

  /** Makes room for one more flow of `owner`. */
  makeRoom(owner: FlowOwner): void {
    let total = 0;
    let giver = owner;
    for (const other of this.#owners) {
      total += other.size;
      if (other.size > giver.size) giver = other;
    }
    if (total < this.#limit) return;
    // Of two that have nearly the same, neither can push the other out.
    const isFair = owner.size === 0 || giver.size >= owner.size + 2;
    (isFair ? giver : owner).endIdlest();
  }
}
