/**
 * The text that a scraper reads, read here by its format and not by the library that writes it.
 *
 * @module
 */

/** Values by name and labels, e.g. `leases{use="idle"}`; the prefix of this server is left out. */
export function parseExposition(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^(\w+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`Cannot read ${line}: expected a sample`);
    values.set(name.replace(/^containment_breach_/, ""), Number(value));
  }
  return values;
}

/** The sum of all values of one metric. */
export function total(values: ReadonlyMap<string, number>, metric: string): number {
  let sum = 0;
  for (const [name, value] of values) if (name.startsWith(`${metric}{`)) sum += value;
  return sum;
}

/** The values of one metric that are not 0, by their labels. */
export function nonZero(
  values: ReadonlyMap<string, number>,
  metric: string,
): Record<string, number> {
  const found = [...values].filter(([name, value]) => name.startsWith(`${metric}{`) && value !== 0);
  return Object.fromEntries(found.map(([name, value]) => [name.slice(metric.length), value]));
}
