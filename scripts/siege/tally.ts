/**
 * What was seen, counted and sorted.
 *
 * @module
 */

/** How often each word was seen. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  /** `3 busy, 1 no_lease`, the most frequent first; `-` for nothing. */
  toString(): string {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a);
    return sorted.map(([word, count]) => `${count} ${word}`).join(", ") || "-";
  }
}

/** Waits of honest peers, and why some of them waited in vain. */
export class Waits {
  readonly failures = new Tally();
  readonly #waitsMs: number[] = [];

  /** @param outcome an error code of the protocol, or `""` for an introduction */
  add(outcome: string, waitMs: number): void {
    if (outcome === "") this.#waitsMs.push(waitMs);
    else this.failures.add(outcome);
  }

  get introduced(): number {
    return this.#waitsMs.length;
  }

  /** Median, 99th percentile and longest, in milliseconds. */
  get milestones(): string {
    const sorted = this.#waitsMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, sorted.length * share | 0)];
    if (sorted.length === 0) return "-";
    return [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(0)).join(" / ");
  }
}

/** The error codes in what a server sent: `""` for each success. */
export function outcomesIn(text: string): string[] {
  return [...text.matchAll(/"Error":"(\w*)/g)].map(([, code]) => code);
}
