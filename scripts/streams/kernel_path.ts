/**
 * The kernel's TCP over a path as the simulator has it, for comparison: two network namespaces with
 * a relay in user space between them. Needs root, iproute2 and iperf3.
 *
 * @module
 */

import { makeNamespace, type Namespace, run } from "../../tests/nat/namespace.ts";
import type { BottleneckOptions } from "../../tests/simulated/bottleneck.ts";
import { ChildProcess } from "../../tests/support/child_process.ts";
import { endCommand } from "./sockets.ts";
import type { Transferred } from "./transfer.ts";

/** What the kernel has. */
export type Congestion = "cubic" | "bbr";

/** What a flow of the kernel came to. */
export interface KernelFigures {
  readonly megabytesPerSecond: number;
  /** Segments that were sent once more, as a part of all. */
  readonly resentPart: number;
}

const ADDRESSES = ["10.98.0.1", "10.98.0.2"] as const;
const SEGMENT_BYTES = 1_448;
/** TCP takes this long to give up on a path that it never got over. */
const SPARE_MS = 30_000;

/** Both ends of a path. */
export class KernelPath implements AsyncDisposable {
  readonly #ends: readonly [Namespace, Namespace];
  readonly #relay: ChildProcess;

  private constructor(ends: readonly [Namespace, Namespace], relay: ChildProcess) {
    this.#ends = ends;
    this.#relay = relay;
  }

  /** Makes a path. @throws {Error} when the process may not, or a program is missing */
  static async make(options: BottleneckOptions): Promise<KernelPath> {
    const names = ["a", "b"].map((end) => `cbs${Deno.pid}${end}`);
    // JSON has no Infinity.
    const path = JSON.stringify({ ...options, megabits: Math.min(options.megabits, 1e6) });
    const script = new URL("kernel_relay.ts", import.meta.url).href;
    const relay = ChildProcess.start(
      [Deno.execPath(), "run", "--no-check", "-A", script, ...names, path],
      { stdin: "piped", stderr: "inherit" },
    );
    await relay.output.find((line) => line === "ready", "a relay that is ready");
    const ends = [];
    for (const [i, name] of names.entries()) {
      const end = await makeNamespace(name);
      await run(["ip", "link", "set", name, "netns", name]);
      await end.ip(
        `addr add ${ADDRESSES[i]}/30 dev ${name}`,
        `link set ${name} mtu 1500 txqueuelen 5000 up`,
      );
      ends.push(end);
    }
    return new KernelPath([ends[0], ends[1]], relay);
  }

  /** One flow of TCP from the first end to the second, for some time. */
  async tcp(congestion: Congestion, seconds: number): Promise<KernelFigures> {
    const bytesOf = await this.startTcp(congestion, seconds);
    const { bytes, retransmits } = await bytesOf(0, seconds);
    return {
      megabytesPerSecond: bytes / seconds / 1e6,
      resentPart: retransmits * SEGMENT_BYTES / Math.max(bytes, 1),
    };
  }

  /**
   * Starts such a flow.
   *
   * @returns a function that waits for its end, and says what arrived between two seconds of it
   */
  async startTcp(congestion: Congestion, seconds: number) {
    const [a, b] = this.#ends;
    const server = b.start(["iperf3", "-s", "-1", "--forceflush"]);
    await server.output.find((line) => line.startsWith("Server listening"), "a server");
    const client = a.start(
      ["iperf3", "-c", ADDRESSES[1], "-C", congestion, "-t", String(seconds), "-J"],
    );
    return async (fromSecond: number, toSecond: number) => {
      const { stdout } = await client.ended(seconds * 1_000 + SPARE_MS);
      await server[Symbol.asyncDispose]();
      const { intervals, end } = JSON.parse(stdout);
      let bytes = 0;
      for (const { sum } of intervals) {
        if (sum.start >= fromSecond && sum.end <= toSecond + 0.5) bytes += sum.bytes;
      }
      return { bytes, retransmits: end.sum_sent.retransmits as number };
    };
  }

  /** A transfer over a stream from the first end to the second. */
  async stream(bytes: number, deadlineMs: number): Promise<Transferred> {
    const [own, peer] = ADDRESSES.map((address) => `${address}:6000`);
    await using receiver = this.#ends[1].start(endCommand("receive", [peer, peer, own], bytes));
    await using sender = this.#ends[0].start(endCommand("send", [own, own, peer], bytes));
    const lines = await Promise.all(
      [sender, receiver].map(({ output }) => output.find(() => true, "the end", deadlineMs)),
    );
    return JSON.parse(lines[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay.endInput();
    await this.#relay.ended();
    for (const end of this.#ends) await end.remove();
  }
}
