// Draws what the server's events say. Texts go in as text, so nothing that a peer chose can be
// anything else.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
/** A plot's own measures; the browser stretches it. */
const WIDTH = 360;
const HEIGHT = 100;

const PLOTS = [
  { name: "leases", title: "Registered peers" },
  { name: "hosts", title: "Hosts" },
  { name: "waiting", title: "Waiting peers" },
  { name: "introductionsPerMinute", title: "Introductions a minute" },
  { name: "refusalsPerMinute", title: "Refusals a minute" },
  { name: "datagramsPerSecond", title: "Datagrams a second" },
].map((plot) => ({ ...plot, ...makeFigure(plot.title), values: [], stepS: 0, cursor: undefined }));

function byId(id) {
  return document.getElementById(id);
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function count(number) {
  const digits = number !== 0 && Math.abs(number) < 10 ? 1 : 0;
  return number.toLocaleString("en", { maximumFractionDigits: digits });
}

function duration(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"]];
  const i = parts.findIndex(([length]) => seconds >= length);
  if (i < 0) return `${Math.floor(seconds)} s`;
  const [length, unit] = parts[i];
  const whole = `${Math.floor(seconds / length)} ${unit}`;
  const [nextLength, nextUnit] = parts[i + 1] ?? [Infinity];
  const rest = Math.floor(seconds % length / nextLength);
  return rest === 0 ? whole : `${whole} ${rest} ${nextUnit}`;
}

/** Changes a text only where it differs, or a screen reader would say it again. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function showState(status) {
  const ready = status.notReady === undefined;
  const state = byId("state");
  setText(state, ready ? "Ready" : `Not ready: ${status.notReady}`);
  state.dataset.state = ready ? "ready" : "not ready";
  document.title = `${ready ? "Ready" : "Not ready"}: Containment Breach`;
  setText(
    byId("about"),
    `Version ${status.version}, up ${duration(status.uptimeS)}, listens on ` +
      `${status.endpoints.join(" and ")} (UDP and TCP), Deno ${status.deno}`,
  );
}

function showUnusual({ unusual }) {
  const sentences = unusual.length > 0 ? unusual : ["Nothing: all is as it should be."];
  const list = byId("unusual-list");
  const shown = Array.from(list.children, (item) => item.textContent);
  if (shown.join("\n") === sentences.join("\n")) return;
  list.replaceChildren(...sentences.map((sentence) => element("li", sentence)));
  byId("unusual").dataset.state = unusual.length > 0 ? "something" : "nothing";
}

function showNow(status) {
  const { leases, leasesInUse, sessions, connections, lastMinute, totals } = status;
  const refused = status.refusals.reduce((sum, { inLastHour }) => sum + inLastHour, 0);
  const tiles = [
    ["Registered peers", leases, `${count(leasesInUse)} with an open session`],
    ["Hosts", sessions.hosting, "found by their clients"],
    ["Waiting peers", sessions.waiting, `${count(sessions.registering)} await their datagram`],
    ["Open connections", connections, `${count(sessions.connected)} asked for nothing yet`],
    ["Introductions a minute", lastMinute.introductions, `${count(totals.introductions)} in all`],
    ["Refusals a minute", lastMinute.refusals, `${count(refused)} in the last hour`],
    ["Datagrams a minute", lastMinute.datagrams, `${count(lastMinute.dropped)} registered nobody`],
    [
      "Memory",
      `${count(status.residentBytes / 1e6)} MB`,
      `timers are up to ${count(status.lagMs)} ms late`,
    ],
  ];
  const list = byId("now");
  while (list.children.length < tiles.length) {
    const tile = element("div");
    tile.append(element("dt"), element("dd"));
    tile.lastChild.append(element("span"), element("small"));
    list.append(tile);
  }
  for (const [i, [title, value, note]] of tiles.entries()) {
    const [term, description] = list.children[i].children;
    setText(term, title);
    setText(description.firstChild, typeof value === "number" ? count(value) : value);
    setText(description.lastChild, note);
  }
}

/** Fills a table; each cell is a text, a number or an element. */
function fillTable(id, rows) {
  const columns = Array.from(byId(id).tHead.rows[0].cells, ({ className }) => className);
  const made = rows.map((cells) => {
    const row = element("tr");
    row.append(...cells.map((cell, i) => makeCell(cell, i === 0 ? "th" : "td", columns[i])));
    row.firstChild.scope = "row";
    return row;
  });
  byId(id).tBodies[0].replaceChildren(...made);
}

function makeCell(content, name, className) {
  const cell = element(name, undefined, content === 0 ? `${className} zero` : className);
  cell.append(typeof content === "number" ? count(content) : content);
  return cell;
}

function meterOf({ name, taken, limit }) {
  const meter = element("meter");
  meter.min = 0;
  meter.max = limit;
  meter.high = limit * 0.8;
  meter.optimum = 0;
  meter.value = taken;
  meter.setAttribute("aria-label", `${name}: ${count(taken)} of ${count(limit)} taken`);
  return meter;
}

function showTables({ limits, refusals, totals, peers }) {
  fillTable(
    "limits",
    limits.map((limit) => [
      limit.name,
      limit.taken === undefined ? "" : meterOf(limit),
      limit.limit === 0 ? "any" : limit.limit,
      limit.hits,
    ]),
  );
  fillTable("refusals", refusals.map(({ code, inLastHour, total }) => [code, inLastHour, total]));
  fillTable("datagrams", Object.entries(totals.datagrams));
  byId("peers-section").hidden = peers === undefined;
  fillTable(
    "peers",
    (peers ?? []).map(({ address, stage, ageS }) => [
      address,
      stage,
      duration(ageS),
    ]),
  );
}

function makeFigure(title) {
  const figure = element("figure");
  const caption = element("figcaption", title);
  const said = element("span");
  caption.append(said);
  const drawing = shape("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    tabindex: "0",
  });
  const times = element("div", undefined, "times");
  times.append(element("span"), element("span", "now"));
  figure.append(caption, drawing, times);
  byId("plots").append(figure);
  return { said, drawing, times };
}

function draw(plot) {
  const { values, drawing } = plot;
  // One value is a level as well.
  const levels = values.length === 1 ? [values[0], values[0]] : values;
  const top = Math.max(1, ...values);
  const x = (i) => i / Math.max(1, levels.length - 1) * WIDTH;
  const y = (value) => HEIGHT - 2 - value / top * (HEIGHT - 8);
  const points = levels.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const shapes = [shape("line", { class: "base", x1: 0, x2: WIDTH, y1: y(0), y2: y(0) })];
  if (levels.length > 0) {
    const area = `0,${HEIGHT - 2} ${points} ${WIDTH},${HEIGHT - 2}`;
    shapes.push(shape("polygon", { class: "area", points: area }));
    shapes.push(shape("polyline", { class: "line", points }));
  }
  if (plot.cursor !== undefined) {
    const at = x(plot.cursor);
    shapes.push(shape("line", { class: "cursor", x1: at, x2: at, y1: 0, y2: HEIGHT }));
  }
  drawing.replaceChildren(...shapes);
  const highest = Math.max(0, ...values);
  const last = values.at(-1) ?? 0;
  const agoS = (values.length - 1 - plot.cursor) * plot.stepS;
  const summary = plot.cursor === undefined
    ? `${count(last)}, at most ${count(highest)}`
    : `${count(values[plot.cursor])}${agoS === 0 ? " now" : `, ${duration(agoS)} ago`}`;
  setText(plot.said, summary);
  drawing.setAttribute("aria-label", `${plot.title}: ${summary}`);
  const spanS = values.length * plot.stepS;
  setText(plot.times.firstChild, spanS === 0 ? "" : `${duration(spanS)} ago`);
}

function showHistory({ stepS, series }) {
  for (const plot of PLOTS) {
    plot.values = series[plot.name];
    plot.stepS = stepS;
    draw(plot);
  }
}

/** By pointer and by arrow keys a plot tells its values. */
function listen(plot) {
  const moveTo = (i) => {
    if (plot.values.length === 0) return;
    plot.cursor = i === undefined ? undefined : Math.min(Math.max(0, i), plot.values.length - 1);
    draw(plot);
  };
  plot.drawing.addEventListener("pointermove", ({ offsetX }) => {
    moveTo(Math.round(offsetX / plot.drawing.clientWidth * (plot.values.length - 1)));
  });
  plot.drawing.addEventListener("pointerleave", () => moveTo(undefined));
  plot.drawing.addEventListener("blur", () => moveTo(undefined));
  plot.drawing.addEventListener("keydown", (event) => {
    const last = plot.values.length - 1;
    const at = plot.cursor ?? last;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  });
}

function show(status) {
  showState(status);
  showUnusual(status);
  showNow(status);
  showTables(status);
  if (status.history !== undefined) showHistory(status.history);
}

PLOTS.forEach(listen);
const events = new EventSource("events");
events.addEventListener("message", ({ data }) => show(JSON.parse(data)));
events.addEventListener("error", () => {
  setText(byId("state"), "The server does not answer; what is shown is old");
  byId("state").dataset.state = "lost";
});
