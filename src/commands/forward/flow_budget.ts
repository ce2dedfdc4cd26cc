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
 * takes the room of everybody else, and everybody may have all of it that no other wants.
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

  /**
   * Makes room for one more flow of `owner` if there is some, or somebody has so many more that he
   * has no fewer than `owner` afterwards: of two with nearly the same, neither can push the other out.
   *
   * @returns whether there is room now
   */
  share(owner: FlowOwner): boolean {
    const { total, most } = this.#look(owner);
    if (total < this.#limit) return true;
    if (most.size < owner.size + 2) return false;
    most.endIdlest();
    return true;
  }

  /** Makes room for one more flow of `owner`: of its own where that is fair, and it has any. */
  makeRoom(owner: FlowOwner): void {
    if (this.share(owner)) return;
    (owner.size === 0 ? this.#look(owner).most : owner).endIdlest();
  }

  #look(owner: FlowOwner): { readonly total: number; readonly most: FlowOwner } {
    let total = 0;
    let most = owner;
    for (const other of this.#owners) {
      total += other.size;
      if (other.size > most.size) most = other;
    }
    return { total, most };
  }
}
