import { assert, assertEquals } from "@std/assert";
import { ChildServer } from "../support/child_server.ts";
import { PROGRAM } from "../support/child_process.ts";
import { until } from "../support/deadline.ts";
import { datagram } from "../support/messages.ts";
import { RawSocket } from "../support/raw_client.ts";
import { needs } from "../support/needs.ts";

/** What of OTLP is read here. */
interface ExportedMetrics {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly DataPoint[] };
      }[];
    }[];
  }[];
}

interface DataPoint {
  readonly attributes: readonly { key: string; value: { stringValue: string } }[];
  readonly asDouble?: number;
  readonly asInt?: number | string;
}

/** A collector that keeps what it is sent. */
class Collector implements AsyncDisposable {
  /** Newest values of counters by name and labels, e.g. `datagrams_total created`. */
  readonly counters = new Map<string, number>();
  /** Everything that was logged, as JSON. */
  logs = "";
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#take(request),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #take(request: Request): Promise<Response> {
    const body = await request.text();
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/logs") this.logs += body;
    if (pathname === "/v1/metrics") this.#takeMetrics(JSON.parse(body));
    return Response.json({});
  }

  #takeMetrics({ resourceMetrics }: ExportedMetrics): void {
    const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics)
    );
    for (const { name, sum } of metrics) {
      for (const { attributes, asDouble, asInt } of sum?.dataPoints ?? []) {
        const labels = attributes.map(({ value }) => value.stringValue);
        const key = [name.replace("containment_breach_", ""), ...labels].join(" ");
        this.counters.set(key, Number(asDouble ?? asInt));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test({
  name: "OTEL_DENO=true alone sends the log and the metrics to a collector",
  ...needs(Deno.build.os !== "windows", "env of POSIX"),
  fn: async () => {
    await using collector = await new Collector();
    const variables = {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    };
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const program = ["env", ...settings, ...PROGRAM];
    await using server = await ChildServer.start([], { program });
    const socket = new RawSocket();
    for (const text of [datagram(1), datagram(1), "{"]) await socket.send(server.endpoint, text);
    await server.catchesUp();
    const { counters } = collector;
    await until(() => counters.get("datagrams_total not_json") === 1, "the metrics");
    assertEquals(counters.get("datagrams_total created"), 1);
    assertEquals(counters.get("datagrams_total renewed"), 1);
    assertEquals(counters.get("introduction_duration_seconds_bucket +Inf"), 0);
    assert(counters.get("answers_total bad_request")! >= 1);
    server.signal("SIGTERM");
    assertEquals((await server.ended()).code, 0);
    await until(() => collector.logs.includes("stopped after SIGTERM"), "the last line");
    assert(collector.logs.includes(`listens on ${server.address}`));
    assert(server.lines.at(-1)!.includes("stopped after SIGTERM"), "the log is on its stream, too");
    await socket.close();
  },
});
