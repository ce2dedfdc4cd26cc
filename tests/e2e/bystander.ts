/**
 * A host that has nothing to do with the trouble that a test makes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Endpoint } from "../../src/address.ts";
import { clientRequest, introduction, serverRequest } from "../support/messages.ts";
import type { RawClient } from "../support/raw_client.ts";
import type { TestServer } from "../support/test_server.ts";

const IP = "127.0.0.1";

/** The host `127.0.0.1/5`, and at times a client `127.0.0.1/6` of it. */
export class Bystander {
  readonly #test: TestServer;
  readonly #hosting: RawClient;
  readonly #host: Endpoint;

  private constructor(test: TestServer, hosting: RawClient, host: Endpoint) {
    this.#test = test;
    this.#hosting = hosting;
    this.#host = host;
  }

  /** Becomes the host. */
  static async settle(test: TestServer): Promise<Bystander> {
    const { endpoint } = await test.register(5);
    return new Bystander(test, await test.ask(serverRequest(5)), endpoint);
  }

  /** Checks that a client can join, and that both are told of each other. */
  async isServed(): Promise<void> {
    const { endpoint } = await this.#test.register(6);
    const joining = await this.#test.ask(clientRequest(6, IP, 5));
    assertEquals(await joining.readToEnd(), introduction(endpoint, this.#host));
    assertEquals(await this.#hosting.readLine(), introduction(this.#host, endpoint));
  }
}
