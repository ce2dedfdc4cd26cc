/**
 * What the server shows of itself by HTTP: metrics, health and a status page. Looks at the server
 * and touches nothing.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { EventStreams, type Reader } from "./event_stream.ts";
import { notReadyReason } from "./health.ts";
import type { LoopLag } from "./loop_lag.ts";
import { Metrics } from "./metrics.ts";
import { buildPage, type Page } from "./page.ts";
import type { Reading } from "./readings.ts";
import { SAMPLE_S, type Status, StatusBoard } from "./status.ts";
import type { StatusSource } from "./status_source.ts";

/** How an {@linkcode HttpServer} is made. */
export interface HttpServerOptions {
  readonly hostname: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly source: StatusSource;
  readonly readings: readonly Reading[];
  readonly lag: LoopLag;
  /** Whether addresses of peers are shown. */
  readonly peers: "shown" | "hidden";
  readonly clock: Clock;
}

/** What all answers have in common. */
const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const EVENT_STREAM: ResponseInit = {
  headers: { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" },
};

/** Serves until it is closed. */
export class HttpServer {
  readonly #source: StatusSource;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #board: StatusBoard;
  readonly #events: EventStreams;
  readonly #page: Page;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #cancelSample: () => void;
  /** Samples of the history that the events have told of. */
  #toldSamples = 0;

  private constructor(options: HttpServerOptions, page: Page) {
    const { source, clock, readings, lag, peers, hostname, port } = options;
    this.#source = source;
    this.#clock = clock;
    this.#page = page;
    this.#metrics = new Metrics(readings);
    this.#board = new StatusBoard({ source, lagMs: () => lag.largestMs, peers });
    this.#events = new EventStreams(clock, (reader) => this.#event(reader));
    this.#server = Deno.serve(
      { hostname, port, onListen: () => {} },
      (request) => this.#answer(request),
    );
    this.#cancelSample = this.#scheduleSample();
  }

  /**
   * Listens and starts to serve.
   *
   * @throws {Error} of the runtime when it cannot listen
   */
  static async start(options: HttpServerOptions): Promise<HttpServer> {
    return new HttpServer(options, await buildPage());
  }

  /** Where the page is. */
  get url(): string {
    const { hostname, port } = this.#server.addr;
    return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`;
  }

  /** Ends every stream and stops. */
  async close(): Promise<void> {
    this.#cancelSample();
    this.#events.close();
    await this.#server.shutdown();
  }

  #scheduleSample(): () => void {
    return this.#clock.schedule(SAMPLE_S * 1000, () => {
      this.#board.sample();
      this.#cancelSample = this.#scheduleSample();
    });
  }

  /** The history is sent when it has grown, and to whoever has none. */
  #event(reader: Reader): string {
    const { samples } = this.#board;
    const isDue = reader === "newcomer" || samples > this.#toldSamples;
    if (reader === "everybody") this.#toldSamples = samples;
    return JSON.stringify(isDue ? this.#whole() : this.#board.now());
  }

  #whole(): Status {
    return { ...this.#board.now(), history: this.#board.history() };
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text("expected GET or HEAD", 405, { allow: "GET, HEAD" });
    }
    switch (new URL(request.url).pathname) {
      case "/":
        return this.#showPage();
      case "/healthz":
        return text("ok", 200);
      case "/readyz":
        return this.#ready();
      case "/metrics":
        return text(await this.#metrics.scrape(), 200, {
          "content-type": this.#metrics.contentType,
        });
      case "/status.json":
        return json(this.#whole());
      case "/events":
        return request.method === "GET" ? this.#openStream() : new Response(null, EVENT_STREAM);
      default:
        return text("expected /, /status.json, /metrics, /healthz or /readyz", 404);
    }
  }

  #showPage(): Response {
    const { html, contentSecurityPolicy } = this.#page;
    return new Response(html, {
      headers: {
        ...HEADERS,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": contentSecurityPolicy,
      },
    });
  }

  #ready(): Response {
    const reason = notReadyReason(this.#source);
    return reason === undefined ? text("ready", 200) : text(reason, 503);
  }

  #openStream(): Response {
    const stream = this.#events.open();
    if (stream === undefined) return text("too many look at this page already", 503);
    return new Response(stream, EVENT_STREAM);
  }
}

function text(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(`${body.trimEnd()}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

function json(value: Status): Response {
  return new Response(JSON.stringify(value), {
    headers: { ...HEADERS, "content-type": "application/json; charset=utf-8" },
  });
}
