/**
 * Loaded before the server by a test: every look at the wall clock finds it ten years off, now
 * ahead, now behind. The monotonic clock is left alone.
 *
 * @module
 */

const TEN_YEARS_MS = 10 * 365.25 * 24 * 3_600 * 1_000;

const RealDate = Date;
let looks = 0;

function jumpingNowMs(): number {
  return RealDate.now() + (looks++ % 2 === 0 ? TEN_YEARS_MS : -TEN_YEARS_MS);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length === 0 ? new target(jumpingNowMs()) : Reflect.construct(target, args),
  get: (target, name) => name === "now" ? jumpingNowMs : Reflect.get(target, name),
});
