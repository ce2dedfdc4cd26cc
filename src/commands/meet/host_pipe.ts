/**
 * The standard input and output of a host, which all of its joiners would like to have.
 *
 * @module
 */

import type { Connection } from "../../peer/mod.ts";
import { givesStream, type PipeUse, takesStream } from "../connection_use.ts";
import type { CommandIo } from "../io.ts";
import { type Carries, Pipe, type PipeOutcome, type PipeTerms } from "./pipe.ts";
import { offerInput, type PipeInput } from "./pipe_input.ts";
import { sendLines } from "./pipe_lines.ts";

/** Why a joiner is turned away while another one has a stream. */
const TAKEN = "another joiner has the stream of this host";

/** See the module: lines are for all, a stream is for one, and the first joiner decides. */
export class HostPipe {
  readonly #terms: PipeTerms;
  readonly #io: CommandIo;
  readonly #onFailed: (error: unknown) => void;
  readonly #input: PipeInput;
  readonly #connections = new Set<Connection>();
  #claim: Connection | "lines" | undefined;
  #sending: Promise<void> | undefined;
  /** Whether there ever were several at a time: from then on each line says whose it is. */
  #hasCrowd = false;

  /** @param onFailed told when standard input fails */
  constructor(terms: PipeTerms, io: CommandIo, onFailed: (error: unknown) => void) {
    this.#terms = terms;
    this.#io = io;
    this.#onFailed = onFailed;
    this.#input = offerInput(io, terms.use);
  }

  /** Why a joiner cannot be served now; `undefined` where it can, as far as is known. */
  get refusal(): string | undefined {
    return this.#claim === undefined || this.#claim === "lines" ? undefined : TAKEN;
  }

  /**
   * Serves a joiner until its connection is over.
   *
   * @throws what a pipe throws
   */
  async serve(connection: Connection): Promise<PipeOutcome> {
    this.#connections.add(connection);
    this.#hasCrowd ||= this.#connections.size > 1;
    const pipe = new Pipe(connection, {
      use: this.#use,
      lingerMs: this.#terms.lingerMs,
      input: this.#input,
      sendLines: () => this.#sendLines(),
      admit: (carries) => this.#admit(connection, carries),
      speaker: () => this.#hasCrowd ? connection.remoteName : undefined,
    }, this.#io);
    try {
      const outcome = await pipe.run();
      // Nothing is lost: another joiner may have it.
      if (outcome === "nothing" && this.#claim === connection) this.#claim = undefined;
      return outcome;
    } finally {
      this.#connections.delete(connection);
    }
  }

  /** Who exchanges lines with one joiner does so with the next. */
  get #use(): PipeUse {
    const { use } = this.#terms;
    const isStream = givesStream(use) || takesStream(use);
    return this.#claim === "lines" && isStream ? "lines" : use;
  }

  #admit(connection: Connection, carries: Carries): string | undefined {
    const wanted = carries === "lines" ? carries : connection;
    this.#claim ??= wanted;
    if (this.#claim === wanted) return undefined;
    return this.#claim === "lines" ? "this host exchanges lines by now: join again" : TAKEN;
  }

  /** To all, from the first one on. A host does not end with its input. */
  async #sendLines(): Promise<void> {
    this.#sending ??= sendLines(this.#connections, this.#input, this.#io).catch(this.#onFailed);
    await new Promise(() => {});
  }
}
