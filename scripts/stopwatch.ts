/**
 * How long something short takes.
 *
 * @module
 */

const WARM_UP_MS = 60;
const ROUNDS = 7;
const ROUND_MS = 15;

/** What was measured last gave this; so the compiler leaves no call out. */
export let lastResult: unknown;

/** Nanoseconds of one call: the best of several rounds, for what disturbs only ever adds. */
export function nanoseconds(call: () => unknown): number {
  const perMs = Math.max(1, callsIn(call, WARM_UP_MS) / WARM_UP_MS);
  const calls = Math.ceil(perMs * ROUND_MS);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    for (let i = 0; i < calls; i++) lastResult = call();
    best = Math.min(best, (performance.now() - startMs) / calls);
  }
  return best * 1e6;
}

function callsIn(call: () => unknown, durationMs: number): number {
  const endMs = performance.now() + durationMs;
  let calls = 0;
  while (performance.now() < endMs) {
    call();
    calls++;
  }
  return calls;
}
