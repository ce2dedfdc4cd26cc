/**
 * Datagrams at a rate.
 *
 * @module
 */

/** Bits of a datagram's payload in each Mbit/s. */
const BITS_PER_MEGABIT = 1e6;

/**
 * Datagrams that leave at once. A socket of Linux holds 92 of 1,200 bytes: whoever was held up and made
 * up for it in one burst would measure only that.
 */
const MAX_BURST = 24;

/** What is to be sent, and how fast. */
export interface Pace {
  /** Payload alone, without what UDP and IP put before it. */
  readonly megabitsPerSecond: number;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Sends as many datagrams as the rate has had time for, again and again.
 *
 * @param send one datagram
 * @param rest lets a little time pass: what is due after it leaves in one burst
 * @returns how many were sent
 */
export async function keepPace(
  { megabitsPerSecond, bytes, seconds }: Pace,
  send: () => Promise<unknown>,
  rest: () => Promise<void> | void,
): Promise<number> {
  const perMs = megabitsPerSecond * BITS_PER_MEGABIT / (8 * bytes) / 1_000;
  const startMs = performance.now();
  let sent = 0;
  for (;;) {
    const pastMs = performance.now() - startMs;
    if (pastMs >= seconds * 1_000) return sent;
    let last: Promise<unknown> | undefined;
    const due = Math.min(Math.floor(pastMs * perMs), sent + MAX_BURST);
    for (; sent < due; sent++) last = send();
    await last;
    await rest();
  }
}
