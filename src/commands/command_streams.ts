/**
 * The streams between two commands. Each begins with a byte that says what it is:
 *
 * ```text
 *  1  hello  one more byte: what its opener uses the connection for
 *  2  flow   the bytes of what is carried
 * ```
 *
 * @module
 */

import { type Connection, PeerError, type PeerStream } from "../peer/mod.ts";
import {
  codeOfUse,
  type ConnectionUse,
  describeLackOfStreams,
  describeMismatch,
  useOfCode,
} from "./connection_use.ts";
import type { Say } from "./status.ts";

/** A stream that carries something, after the byte that says so. */
export interface FlowStream extends PeerStream {
  /** What had arrived with that byte, to be taken before what `readable` gives. */
  readonly beginning: Uint8Array;
}

/** What is done with what the other side opens and says. */
export interface CommandStreamsOptions {
  /** What this side uses the connection for. */
  readonly use: ConnectionUse;
  readonly say: Say;
  /** Takes a flow that the other side has opened; without it all are refused. */
  readonly onFlow?: (stream: FlowStream) => void;
}

const HELLO = 1;
const FLOW = 2;

/** The codes with which commands reset streams: why, for whoever opened them. */
export const RESET_CODES = {
  /** What is carried was reset. */
  reset: 0,
  /** The service refuses connections, or cannot be reached. */
  service_refused: 1,
  /** As many are open as may be. */
  too_many: 2,
  /** This side does something else. */
  not_served: 3,
} as const;

/** See the module. Says it when both sides do not go together. */
export class CommandStreams {
  /**
   * What the other side uses the connection for, once it has said so: `unknown` is something that this
   * version does not know, `undefined` that it says nothing of the kind, or that the connection ended.
   */
  readonly remoteUse: Promise<ConnectionUse | "unknown" | undefined>;
  readonly #connection: Connection;
  readonly #options: CommandStreamsOptions;
  readonly #heard = Promise.withResolvers<ConnectionUse | "unknown" | undefined>();
  #greetedRestarts = 0;
  #isMismatchSaid = false;
  #isMatch = true;

  /** Takes the streams of a connection over, and tells the other side what this one does. */
  constructor(connection: Connection, options: CommandStreamsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.remoteUse = this.#heard.promise;
    this.#greet();
    this.#receive();
  }

  /** Whether both sides go together, as far as is known. */
  get isMatch(): boolean {
    return this.#isMatch;
  }

  /**
   * Opens a flow.
   *
   * @throws {PeerError} what `openStream` of a connection throws
   */
  async open(): Promise<PeerStream> {
    const stream = await this.#connection.openStream();
    await begin(stream, Uint8Array.of(FLOW));
    return stream;
  }

  async #greet(): Promise<void> {
    this.#greetedRestarts = this.#connection.restartCount;
    try {
      const stream = await this.#connection.openStream();
      await begin(stream, Uint8Array.of(HELLO, codeOfUse(this.#options.use)));
      await Promise.all([stream.writable.close(), stream.readable.cancel()]);
    } catch (error) {
      // It says nothing that could be waited for, or the connection is over.
      if (!(error instanceof PeerError)) throw error;
      if (error.code === "no_streams") this.#hearNothing();
    }
  }

  async #receive(): Promise<void> {
    for await (const stream of this.#connection.incomingStreams) {
      this.#take(stream).catch((error) => {
        if (!(error instanceof PeerError)) throw error;
      });
    }
    this.#heard.resolve(undefined);
  }

  async #take(stream: PeerStream): Promise<void> {
    const [kind, rest] = await readByte(stream, new Uint8Array());
    const { onFlow } = this.#options;
    if (kind === FLOW && onFlow !== undefined) return onFlow({ ...stream, beginning: rest });
    const code = kind === HELLO ? (await readByte(stream, rest))[0] : undefined;
    await refuse(stream, code === undefined ? RESET_CODES.not_served : RESET_CODES.reset);
    if (code !== undefined) this.#hear(useOfCode(code) ?? "unknown");
  }

  #hear(remote: ConnectionUse | "unknown"): void {
    this.#heard.resolve(remote);
    const { remoteName, restartCount } = this.#connection;
    // Whoever was restarted has forgotten what it was told.
    if (restartCount !== this.#greetedRestarts) this.#greet();
    this.#judge(describeMismatch(this.#options.use, remote, remoteName));
  }

  #hearNothing(): void {
    this.#heard.resolve(undefined);
    this.#judge(describeLackOfStreams(this.#options.use, this.#connection.remoteName));
  }

  #judge(mismatch: string | undefined): void {
    this.#isMatch = mismatch === undefined;
    if (mismatch === undefined || this.#isMismatchSaid) return;
    this.#isMismatchSaid = true;
    const members = { remote: this.#connection.remoteName };
    this.#options.say({ level: "warning", kind: "mismatch", text: mismatch, members });
  }
}

/** Gives a stream up in both directions, whatever has become of them. */
export async function refuse(
  { readable, writable }: PeerStream,
  code: number,
): Promise<void> {
  await Promise.allSettled([readable.cancel(code), writable.abort(code)]);
}

async function begin({ writable }: PeerStream, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  try {
    await writer.write(bytes);
  } finally {
    writer.releaseLock();
  }
}

/** The first byte of `arrived`, or else of what arrives next, and the rest. */
async function readByte(
  { readable }: PeerStream,
  arrived: Uint8Array,
): Promise<[byte: number | undefined, rest: Uint8Array]> {
  let bytes = arrived;
  if (bytes.length === 0) {
    const reader = readable.getReader();
    try {
      bytes = (await reader.read()).value ?? bytes;
    } finally {
      reader.releaseLock();
    }
  }
  return [bytes[0], bytes.subarray(1)];
}
