/**
 * The metrics for a collector, where the runtime was told to send to one (`OTEL_DENO=true`).
 *
 * @module
 */

import type { Reading } from "./readings.ts";

/**
 * What of the OpenTelemetry API is used here. The runtime has the whole of it: the library of that
 * name would only find what is there already.
 */
interface Meter {
  createObservableCounter(name: string, options: InstrumentOptions): Observable;
  createObservableGauge(name: string, options: InstrumentOptions): Observable;
}

interface InstrumentOptions {
  readonly description: string;
}

interface Observable {
  addCallback(observe: (result: Observer) => void): void;
}

interface Observer {
  observe(value: number, attributes?: Readonly<Record<string, string | number>>): void;
}

interface MeterProvider {
  getMeter(name: string, version: string): Meter;
}

/**
 * Lets the runtime read the metrics whenever it sends some. A histogram that is counted already goes
 * as counters like those of a scrape: no instrument of that API takes one.
 */
export function exportReadings(
  program: string,
  version: string,
  readings: readonly Reading[],
): void {
  const meterProvider: MeterProvider = Deno.telemetry.meterProvider;
  const meter = meterProvider.getMeter(program, version);
  for (const reading of readings) {
    const options = { description: reading.help };
    if (reading.type === "histogram") {
      exportHistogram(meter, reading);
      continue;
    }
    const instrument = reading.type === "counter"
      ? meter.createObservableCounter(reading.name, options)
      : meter.createObservableGauge(reading.name, options);
    instrument.addCallback((result) => {
      for (const { labels, value } of reading.read()) result.observe(value, labels);
    });
  }
}

function exportHistogram(
  meter: Meter,
  { name, help, read }: Extract<Reading, { readonly type: "histogram" }>,
): void {
  const options = { description: help };
  meter.createObservableCounter(`${name}_bucket`, options).addCallback((result) => {
    const { bounds, counts } = read();
    let total = 0;
    for (const [i, count] of counts.entries()) {
      total += count;
      result.observe(total, { le: i < bounds.length ? String(bounds[i] / 1000) : "+Inf" });
    }
  });
  meter.createObservableCounter(`${name}_sum`, options).addCallback((result) =>
    result.observe(read().sum / 1000)
  );
  meter.createObservableCounter(`${name}_count`, options).addCallback((result) =>
    result.observe(read().counts.reduce((total, count) => total + count, 0))
  );
}
