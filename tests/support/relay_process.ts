/**
 * The path of `udp_relay.ts`, as a process of its own.
 *
 * @module
 */

import type { Endpoint } from "../../src/address.ts";
import { ChildProcess } from "./child_process.ts";

/** How bad a path is, each way. */
export interface RelayPath {
  readonly delayMs: number;
  /** Probability that a datagram is lost. */
  readonly loss: number;
  readonly seed: number;
}

/** A running relay. */
export interface RelayProcess extends AsyncDisposable {
  /** Where the one side sends to, and where the other one does. */
  readonly endpoints: readonly [Endpoint, Endpoint];
}

/** Starts one. */
export async function startRelay({ delayMs, loss, seed }: RelayPath): Promise<RelayProcess> {
  const script = new URL("udp_relay.ts", import.meta.url).href;
  const command = [Deno.execPath(), "run", "--no-check", "--allow-net", script];
  const child = ChildProcess.start([...command, ...[delayMs, loss, seed].map(String)]);
  const ports = (await child.output.find(() => true, "the ports of the relay")).split(" ");
  const [a, b] = ports.map((port) => ({ address: "127.0.0.1", port: Number(port) }));
  return { endpoints: [a, b], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
