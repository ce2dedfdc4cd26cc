/**
 * Bytes, rates and times as people read them.
 *
 * @module
 */

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;
const STEP = 1_000;

/** A number of bytes in three digits and the unit that disks have, e.g. `1.05 GB`. */
export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  // What would be rounded to 1000 is 1 of the next unit.
  while (amount >= STEP - 0.5 && unit < UNITS.length - 1) {
    amount /= STEP;
    unit++;
  }
  if (unit === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return `${amount.toFixed(amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2)} ${UNITS[unit]}`;
}

/** The same of one second. */
export function formatRate(bytes: number, durationMs: number): string {
  return `${formatBytes(durationMs > 0 ? Math.round(bytes * 1_000 / durationMs) : 0)}/s`;
}

/** A duration as coarse as its length allows, e.g. `4 min 05 s`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}
