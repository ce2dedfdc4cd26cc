/**
 * Line plots as SVG text.
 *
 * @module
 */

/** One line of a plot. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

const WIDTH = 800;
const PANEL_HEIGHT = 150;
const MARGIN = { left: 90, right: 20, top: 26, bottom: 22 };

/**
 * Draws one panel for each series, all over the same time.
 *
 * @param seconds the time of each value
 */
export function plot(title: string, seconds: readonly number[], series: readonly Series[]): string {
  const height = series.length * PANEL_HEIGHT + 30;
  const panels = series.map((one, i) => panel(one, seconds, 30 + i * PANEL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"` +
    ` font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${MARGIN.left}" y="20" font-size="15">${escape(title)}</text>`,
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function panel({ name, unit, values }: Series, seconds: readonly number[], top: number): string {
  const max = Math.max(...values, 1e-9);
  const lastSecond = Math.max(...seconds, 1);
  const left = MARGIN.left;
  const right = WIDTH - MARGIN.right;
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const x = (second: number) => left + (second / lastSecond) * (right - left);
  const y = (value: number) => bottom - (value / max) * (bottom - top - MARGIN.top);
  const points = values.map((value, i) => `${x(seconds[i]).toFixed(1)},${y(value).toFixed(1)}`);
  return [
    `<text x="${left}" y="${top + 16}">${escape(name)} (${escape(unit)})</text>`,
    `<path d="M${left},${y(max)} H${right} M${left},${bottom} H${right}" stroke="#bbb"/>`,
    `<text x="${left - 6}" y="${y(max) + 4}" text-anchor="end">${label(max)}</text>`,
    `<text x="${left - 6}" y="${bottom + 4}" text-anchor="end">0</text>`,
    `<text x="${right}" y="${bottom + 15}" text-anchor="end">${lastSecond.toFixed(0)} s</text>`,
    `<polyline points="${points.join(" ")}" fill="none" stroke="#06c" stroke-width="1.5"/>`,
  ].join("\n");
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
