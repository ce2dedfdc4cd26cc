/** A program of another language, written from docs/LINK.md alone, meets this library over real UDP. */

import { assert, assertEquals } from "@std/assert";
import { formatEndpoint } from "../../../src/address.ts";
import { systemPlatform } from "../../../src/peer/platform/node_platform.ts";
import type { Connection } from "../../../src/peer/socket/connection.ts";
import { PeerSocket } from "../../../src/peer/socket/peer_socket.ts";
import { ChildProcess } from "../../support/child_process.ts";
import { within } from "../../support/deadline.ts";
import { hasProgram, needs } from "../../support/needs.ts";
import { introduce } from "../socket/introductions.ts";

const PROGRAM = new URL("link_peer.py", import.meta.url).pathname;
const CLOSED = JSON.stringify({ closed: true }).replace(":", ": ");
const SECRET = new Uint8Array(32).fill(7);

interface Report {
  readonly received: string;
  readonly fingerprint: string;
  readonly resumed: boolean;
}

function openUdp() {
  return systemPlatform.network.openUdp({ address: "127.0.0.1", port: 0 });
}

/** The library on one side, the program on the other, as often as they are introduced. */
class Meetings implements AsyncDisposable {
  readonly socket: PeerSocket;
  readonly #own = openUdp();
  readonly #remote = (() => {
    const udp = openUdp();
    udp.close();
    return udp.local;
  })();
  readonly #python = ChildProcess.start(["python3", PROGRAM], { stdin: "piped" });

  constructor() {
    this.socket = new PeerSocket(systemPlatform, this.#own, this.#own.local);
  }

  /** Introduces both. @param role of the program */
  async introduce(role: "initiator" | "responder") {
    const { local } = this.#own;
    const [forLibrary] = introduce(local, this.#remote);
    await this.#python.write(
      `${
        JSON.stringify({
          role,
          pair_key: forLibrary.extension!.pairKey,
          secret: SECRET.toHex(),
          own: formatEndpoint(this.#remote),
          remote: formatEndpoint(local),
        })
      }\n`,
    );
    return forLibrary;
  }

  /** What the program says of the last meeting. */
  async report(): Promise<Report> {
    const [line] = await this.#python.output.take(() => true, "a report");
    return JSON.parse(line);
  }

  async closeProgram(): Promise<void> {
    await this.#python.write("close\n");
  }

  /** The program has heard that its close was heard. */
  async closed(): Promise<void> {
    assertEquals(
      await this.#python.output.find((line) => line.includes("closed"), "an end"),
      CLOSED,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket.close();
    await this.#python[Symbol.asyncDispose]();
  }
}

async function greet(connection: Connection): Promise<void> {
  const { value } = await within(connection[Symbol.asyncIterator]().next(), "a datagram");
  assertEquals(new TextDecoder().decode(value), "hello from python");
  await connection.send(new TextEncoder().encode("hello from the library"));
}

const MEETS_PYTHON = needs(hasProgram("python3"), "python3");

for (const [mode, role] of [["Client", "responder"], ["Server", "initiator"]] as const) {
  Deno.test(`a Python program is met as ${role}, and met again`, MEETS_PYTHON, async () => {
    await using meetings = new Meetings();
    const options = { mode, secret: SECRET };
    const first = await meetings.introduce(role);
    const connection = await within(meetings.socket.connect(first, "python", options), "a link");
    await greet(connection);
    assertEquals(await meetings.report(), {
      received: "hello from the library",
      fingerprint: connection.fingerprint,
      resumed: false,
    });

    const second = await meetings.introduce(role);
    if (mode === "Client") await within(meetings.socket.renew(connection, second), "a new link");
    else assertEquals(await meetings.socket.accept(second, "python", options), undefined);
    await greet(connection);
    const { resumed, fingerprint } = await meetings.report();
    assert(resumed && fingerprint !== connection.fingerprint);
    assertEquals(connection.restartCount, 0);

    await meetings.closeProgram();
    assertEquals(await within(connection.ended, "the end"), "closed_by_remote");
    await meetings.closed();
  });
}
