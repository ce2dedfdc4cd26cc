/**
 * What the engine of streams is told.
 *
 * @module
 */

import { Streams } from "../../../src/peer/stream/streams.ts";

/** Notes what all engines are told of paths, until it is disposed of. */
export function spyOnPaths() {
  const { pathChanged } = Streams.prototype;
  const calls: [roundTripMs: number, nowMs: number][] = [];
  Streams.prototype.pathChanged = function (...args) {
    calls.push(args);
    pathChanged.apply(this, args);
  };
  return { calls, [Symbol.dispose]: () => void (Streams.prototype.pathChanged = pathChanged) };
}
