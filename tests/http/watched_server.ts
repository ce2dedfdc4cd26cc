/**
 * A server in this process that is watched, on a port of its own.
 *
 * @module
 */

import { type Clock, systemClock } from "../../src/clock.ts";
import { watch, type Watching } from "../../src/http/watch.ts";
import { TestServer, type TestServerOptions } from "../support/test_server.ts";

/** How to start a {@linkcode WatchedServer}. */
export interface WatchedServerOptions extends TestServerOptions {
  readonly peers?: "shown" | "hidden";
  /** The clock of what watches; default: that of this process. */
  readonly watchClock?: Clock;
}

/** A running server, and the address of its page. */
export class WatchedServer implements AsyncDisposable {
  readonly test: TestServer;
  readonly #watch: Watching;

  private constructor(test: TestServer, watch: Watching) {
    this.test = test;
    this.#watch = watch;
  }

  /** Starts a server. */
  static async start(
    { peers = "hidden", watchClock = systemClock, ...options }: WatchedServerOptions = {},
  ): Promise<WatchedServer> {
    const test = new TestServer(options);
    const watching = await watch({
      source: test.server.observed,
      clock: watchClock,
      http: { hostname: "127.0.0.1", port: 0, peers },
      telemetry: "off",
    });
    return new WatchedServer(test, watching);
  }

  /** Where the page is; ends with a slash. */
  get url(): string {
    return this.#watch.url as string;
  }

  /** The body of an answer, whatever its status is. */
  async text(path: string): Promise<string> {
    return await (await fetch(this.url + path)).text();
  }

  /** The status and the body of an answer. */
  async answer(path: string): Promise<[status: number, body: string]> {
    const response = await fetch(this.url + path);
    return [response.status, await response.text()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch.close();
    await this.test[Symbol.asyncDispose]();
  }
}
