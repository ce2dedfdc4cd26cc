/**
 * The one place that knows the Prometheus client.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { HistogramReading, Reading } from "./readings.ts";

/** Metrics as a scraper reads them. */
export class Metrics {
  readonly #registry = new Registry();

  /** @param readings read at each scrape, and never in between */
  constructor(readings: readonly Reading[]) {
    for (const reading of readings) this.#add(reading);
  }

  /** The type of the text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of one scrape. */
  async scrape(): Promise<string> {
    return await this.#registry.metrics();
  }

  #add(reading: Reading): void {
    const registers = [this.#registry];
    const { name, help } = reading;
    if (reading.type === "histogram") {
      this.#registry.registerMetric(new CountedHistogram(reading));
    } else if (reading.type === "counter") {
      new Counter({
        ...{ name, help, labelNames: reading.labels, registers },
        collect() {
          this.reset();
          for (const { labels, value } of reading.read()) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...{ name, help, labelNames: reading.labels, registers },
        collect() {
          for (const { labels, value } of reading.read()) this.set(labels, value);
        },
      });
    }
  }
}

/** What is counted already must not be observed again: it is only put into words. */
class CountedHistogram extends Histogram {
  readonly #reading: HistogramReading;

  constructor(reading: HistogramReading) {
    const { name, help } = reading;
    super({ name, help, registers: [], buckets: reading.read().bounds.map(seconds) });
    this.#reading = reading;
  }

  /** The name under which the registry asks a histogram for what it writes. */
  getForPromString() {
    const { name, help, read } = this.#reading;
    const { bounds, counts, sum } = read();
    let total = 0;
    const buckets = counts.map((count, i) => ({
      labels: { le: i < bounds.length ? seconds(bounds[i]) : "+Inf" },
      value: total += count,
      metricName: `${name}_bucket`,
    }));
    const values = [
      ...buckets,
      { labels: {}, value: seconds(sum), metricName: `${name}_sum` },
      { labels: {}, value: total, metricName: `${name}_count` },
    ];
    return Promise.resolve({ name, help, type: "histogram", values });
  }
}

function seconds(ms: number): number {
  return ms / 1000;
}
