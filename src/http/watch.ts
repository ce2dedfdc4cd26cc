/**
 * The way into this room: whoever wants a server looked at imports this module, and only then.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { HttpServer } from "./http_server.ts";
import { LoopLag } from "./loop_lag.ts";
import { readingsOf } from "./readings.ts";
import type { StatusSource } from "./status_source.ts";
import { exportReadings } from "./telemetry.ts";

/** What is to be watched, and who is to see it. */
export interface WatchOptions {
  readonly source: StatusSource;
  readonly clock: Clock;
  /** Where to show it by HTTP, if anywhere. */
  readonly http: {
    readonly hostname: string;
    readonly port: number;
    /** Whether addresses of peers are shown. */
    readonly peers: "shown" | "hidden";
  } | undefined;
  /** Whether the runtime sends metrics to a collector. */
  readonly telemetry: "exported" | "off";
}

/** A server that is being watched. */
export interface Watching {
  /** Where the page is, if anywhere. */
  readonly url: string | undefined;
  /** Watches no more. */
  close(): Promise<void>;
}

/**
 * Begins to watch a server.
 *
 * @throws {Error} of the runtime when it cannot listen
 */
export async function watch({ source, clock, http, telemetry }: WatchOptions): Promise<Watching> {
  const lag = new LoopLag(clock);
  try {
    const readings = readingsOf(source, lag);
    const shown = http && await HttpServer.start({ ...http, source, readings, lag, clock });
    if (telemetry === "exported") exportReadings(source.program, source.version, readings);
    return {
      url: shown?.url,
      close: async () => {
        lag.stop();
        await shown?.close();
      },
    };
  } catch (error) {
    lag.stop();
    throw error;
  }
}
