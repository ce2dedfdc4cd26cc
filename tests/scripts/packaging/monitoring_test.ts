/** Tests of the alert rules by Prometheus's own program, and of the dashboard. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SERVER_FLAGS } from "../../../src/server/server_flags.ts";
import { freePort, runToEnd } from "../../support/child_process.ts";
import { ChildServer } from "../../support/child_server.ts";
import { hasProgram, needs } from "../../support/needs.ts";
import { ROOT } from "../../support/source_files.ts";

const ALERTS = "scripts/packaging/prometheus/alerts.yml";
const withPromtool = needs(hasProgram("promtool"), "promtool");

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { uid: string } }[];
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
}

const DASHBOARD: {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
} = JSON.parse(read("scripts/packaging/grafana/dashboard.json"));

/** Panels that show something. */
const PANELS = DASHBOARD.panels.filter(({ type }) => type !== "row");

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

Deno.test("promtool finds nothing to say about the alert rules", withPromtool, async () => {
  const { code, stderr } = await runToEnd(["promtool", "check", "rules", ALERTS]);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("each alert is raised by what it is for, and by nothing else", withPromtool, async () => {
  const path = "scripts/packaging/prometheus/alerts_test.yml";
  const { code, stdout, stderr } = await runToEnd(["promtool", "test", "rules", path]);
  assertEquals(code, 0, stdout + stderr);
  const raised = read(path);
  for (const [, name] of read(ALERTS).matchAll(/- alert: (\w+)/g)) {
    assertEquals(raised.split(`alertname: ${name}`).length - 1 >= 2, true, `${name} has a test`);
  }
});

Deno.test("an alert names flags that exist", () => {
  const named = read(ALERTS).match(/(?<=[\s(])-[a-z]+_[a-z]+/g) ?? [];
  assertEquals(named.filter((flag) => !Object.hasOwn(SERVER_FLAGS, flag.slice(1))), []);
});

Deno.test("every panel asks the data source and the servers that are selected", () => {
  const variables = DASHBOARD.templating.list.map(({ name, type }) => [name, type]);
  assertEquals(variables, [["datasource", "datasource"], ["instance", "query"]]);
  for (const { title, datasource, targets = [] } of PANELS) {
    assertEquals(datasource?.uid, "${datasource}", title);
    assert(targets.length > 0, title);
    for (const { expr, datasource } of targets) {
      assertEquals(datasource.uid, "${datasource}", title);
      assert(expr.includes('instance=~"$instance"'), title);
    }
  }
});

Deno.test("the alerts and the dashboard ask for metrics and labels that the server has", async () => {
  const httpPort = freePort();
  await using _server = await ChildServer.start([`-http_port=${httpPort}`]);
  const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const known = new Set(metrics.match(/^\w+(?=[{ ])/gm));
  const asked = read(ALERTS) + JSON.stringify(DASHBOARD);
  const names = new Set(asked.match(/\b(?:containment_breach|process)_\w+\b/g));
  const unknown = [...names].filter((name) => !known.has(name));
  assertEquals(unknown, []);
  const labels = new Set(Array.from(metrics.matchAll(/[{,](\w+)="/g), ([, label]) => label));
  const grouped = Array.from(asked.matchAll(/by \(([\w, ]+)\)/g), ([, list]) => list.split(", "));
  const foreign = grouped.flat().filter((label) => !labels.has(label));
  assertEquals(new Set(foreign), new Set(["instance", "job"]), "what Prometheus adds itself");
  for (const [, type] of asked.matchAll(/type=~\\*"(\w+)\|/g)) {
    assertStringIncludes(metrics, `type="${type}"`);
  }
});

Deno.test("no panel lies on another", () => {
  const cells = DASHBOARD.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + i % w} ${y + Math.floor(i / w)}`)
  );
  assertEquals(new Set(cells).size, cells.length);
});

Deno.test("promtool understands every query of the dashboard", withPromtool, async () => {
  const queries = PANELS.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"));
  const rules = queries.map((expr, i) => ({ record: `query_${i}`, expr }));
  const path = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    // JSON is YAML.
    await Deno.writeTextFile(path, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    const { code, stderr } = await runToEnd(["promtool", "check", "rules", path]);
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await Deno.remove(path);
  }
});
