/**
 * Waiting in tests: for a promise or a condition, never longer than a deadline that only a broken
 * server reaches.
 *
 * @module
 */

/** What normally takes milliseconds may take this long on a busy machine. */
export const DEADLINE_MS = 20_000;

/** Between two looks at a condition. */
const POLL_MS = 2;

/**
 * The outcome of a promise.
 *
 * @param what is awaited, for the message
 * @throws {Error} when it takes longer than the deadline
 */
export async function within<Value>(
  promise: Promise<Value>,
  what: string | (() => string),
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = typeof what === "string" ? what : what();
      reject(new Error(`Cannot wait longer than ${deadlineMs} ms: expected ${text}`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits until a condition holds.
 *
 * @param what is awaited, for the message
 * @throws {Error} when it takes longer than the deadline
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!await condition()) {
    if (performance.now() > endMs) {
      const text = typeof what === "string" ? what : what();
      throw new Error(`Cannot wait longer than ${deadlineMs} ms: expected ${text}`);
    }
    await delay(POLL_MS);
  }
}

/** Resolves after `ms` milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
