/**
 * Standard input to the other side, and what arrives to standard output: as a stream where neither
 * the sender's input nor the receiver's output is a terminal, else line by line.
 *
 * @module
 */

import { sleep } from "../../async/waiting.ts";
import { type Connection, type ConnectionEnding, PeerError } from "../../peer/mod.ts";
import { CommandStreams, type FlowStream, refuse, RESET_CODES } from "../command_streams.ts";
import {
  type ConnectionUse,
  givesStream,
  isPipeUse,
  type PipeUse,
  takesStream,
} from "../connection_use.ts";
import type { CommandIo } from "../io.ts";
import { PIPE_FAREWELL_MS, PIPE_HELLO_MS } from "../limits.ts";
import type { PipeInput } from "./pipe_input.ts";
import { type PipeOutOptions, writeLines } from "./pipe_lines.ts";
import { describeCut, describeLines, UnfitError } from "./pipe_report.ts";
import { ProgressBar } from "./progress_bar.ts";
import { OutputError, receiveTransfer, sendTransfer } from "./stream_transfer.ts";
import { Transfer } from "./transfer.ts";

/** What the flags say of a pipe, and the streams of its process. */
export interface PipeTerms {
  readonly use: PipeUse;
  /** How long it waits for an answer after the end of the input; 0: not at all. */
  readonly lingerMs: number;
}

/** What a pipe is to its command. */
export interface PipeOptions extends PipeTerms {
  readonly input: PipeInput;
  /** Sends lines to the other side. Resolves at their end, after which an answer is waited for. */
  readonly sendLines: () => Promise<void>;
  /** Asked once it is known what the pipe will carry. @returns why there cannot be this one */
  readonly admit?: (carries: Carries) => string | undefined;
  readonly speaker?: PipeOutOptions["speaker"];
}

/** What a pipe carries, as far as both sides have agreed. */
export type Carries = "a stream" | "lines";

/** What a connection was as a pipe; `nothing` where it ended before a stream began. */
export type PipeOutcome = Carries | "nothing";

/** What a command's end of a pipe is. */
export function pipeUse(
  { isTerminal }: Pick<CommandIo, "isTerminal">,
  { datagrams }: { readonly datagrams: boolean },
): PipeUse {
  if (datagrams) return "datagrams";
  if (isTerminal("input")) return isTerminal("output") ? "lines" : "sink";
  return isTerminal("output") ? "source" : "pipe";
}

/** A stream one way. */
interface Flowing {
  readonly transfer: Transfer;
  /** Resolves when it is over, well or not. */
  readonly over: Promise<void>;
  /** Whether some of it is to come, all has arrived, or the rest is not wanted. */
  state: "flowing" | "complete" | "renounced";
}

/** One connection as a pipe. */
export class Pipe {
  readonly #connection: Connection;
  readonly #options: PipeOptions;
  readonly #io: CommandIo;
  readonly #progress: ProgressBar;
  readonly #streams: CommandStreams;
  readonly #agreed: Promise<PipeUse>;
  readonly #firstRestart: number;
  /** Aborted when the connection is over. */
  readonly #over = new AbortController();
  /** Aborted when nothing more is wanted of the streams. */
  readonly #stop = new AbortController();
  readonly #sent = Promise.withResolvers<void>();
  readonly #received = Promise.withResolvers<void>();
  /** The other side has begun a stream. */
  readonly #begun = Promise.withResolvers<void>();
  #carries: Carries | undefined;
  #outgoing: Flowing | undefined;
  #incoming: Flowing | undefined;
  #heardMs = -Infinity;
  #failure: { readonly error: unknown } | undefined;

  constructor(connection: Connection, options: PipeOptions, io: CommandIo) {
    this.#connection = connection;
    this.#options = options;
    this.#io = io;
    this.#firstRestart = connection.restartCount;
    this.#progress = new ProgressBar(io);
    connection.ended.then(() => this.#over.abort());
    this.#streams = new CommandStreams(connection, {
      use: options.use,
      say: io.say,
      onFlow: (flow) => void this.#try(this.#receive(flow)),
    });
    this.#agreed = this.#agree();
    io.signal.addEventListener("abort", () => this.#stop.abort(io.signal.reason));
  }

  /**
   * Carries what there is until the connection is over, and closes it when nothing is left to come.
   *
   * @throws {UnfitError} when the other side cannot be what this one is for
   * @throws {Error} when a stream was cut off, or standard input or output failed
   * @throws the reason of the command's signal once that is aborted
   */
  async run(): Promise<PipeOutcome> {
    const connection = this.#connection;
    const { speaker } = this.#options;
    const onDatagram = () => void (this.#heardMs = this.#nowMs());
    const refusal = this.#refusalOfLines();
    const lines = this.#try(writeLines(connection, this.#io, { onDatagram, speaker, refusal }));
    this.#try(this.#agreed.then(() => {}));
    this.#try(this.#send());
    this.#try(this.#closeWhenDone());
    await connection.ended;
    // What has arrived can still be written, and may be all of it.
    await Promise.all([lines, this.#incoming?.over, this.#outgoing?.over]);
    this.#stop.abort();
    return await this.#conclude();
  }

  /** A part of the work; what it throws ends all of it. */
  async #try(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      // What follows from an end is no news.
      if (this.#stop.signal.aborted || error === this.#over.signal.reason) return;
      this.#failure = { error };
      this.#stop.abort();
      // The other side says why it gave a stream up, if it does, with the end of the connection.
      if (error instanceof PeerError) await this.#awaitEnd();
      await this.#connection.close(farewellOf(error));
    }
  }

  async #awaitEnd(): Promise<void> {
    const { clock } = this.#io.platform;
    await sleep(clock, PIPE_FAREWELL_MS, this.#over.signal).catch(() => {});
  }

  /** What the other side is, once that is known. */
  async #agree(): Promise<PipeUse> {
    const { use, admit } = this.#options;
    const { remoteName } = this.#connection;
    const remote = await this.#remoteUse();
    const isPipe = isPipeUse(remote);
    // Lines are sent to whoever may have a use for them; a stream would be lost.
    if (!isPipe && (givesStream(use) || takesStream(use))) {
      throw UnfitError.withoutStreams(remoteName);
    }
    const agreed = isPipe ? remote : "lines";
    const isStream = isBetween(use, agreed) || isBetween(agreed, use);
    this.#carries = isStream ? "a stream" : "lines";
    const refusal = admit?.(this.#carries);
    if (refusal !== undefined) throw UnfitError.refused(remoteName, refusal);
    return agreed;
  }

  async #remoteUse(): Promise<ConnectionUse | "unknown" | undefined> {
    const silence = Promise.withResolvers<undefined>();
    const end = () => silence.resolve(undefined);
    const cancel = this.#io.platform.clock.schedule(PIPE_HELLO_MS, end);
    this.#over.signal.addEventListener("abort", end);
    try {
      return await Promise.race([this.#streams.remoteUse, silence.promise]);
    } finally {
      cancel();
    }
  }

  /** Lines would stand in the middle of a stream. */
  async #refusalOfLines(): Promise<string | undefined> {
    const { use } = this.#options;
    if (!takesStream(use)) return undefined;
    return isBetween(await this.#agreed, use)
      ? "what it gives is a stream, and lines would spoil it"
      : undefined;
  }

  async #send(): Promise<void> {
    const { use, input, sendLines } = this.#options;
    if (givesStream(use)) {
      // So that it is known soon whether there is anything.
      input.begin().catch(() => {});
      const remote = await this.#agreed;
      if (isBetween(use, remote)) return await this.#sendStream(input);
      // Who only receives loses no line.
      if (!input.hasBytes) await input.begin();
      if (input.hasBytes) this.#sayLines(remote);
    }
    await sendLines();
    this.#sent.resolve();
  }

  #sayLines(remote: PipeUse): void {
    const text = describeLines(remote, this.#connection.remoteName);
    this.#io.say({ level: "info", kind: "lines", text });
  }

  async #sendStream(input: PipeInput): Promise<void> {
    await input.begin();
    const stream = await this.#streams.open();
    const transfer = new Transfer("sent", this.#io.inputBytes(), this.#nowMs());
    const sending = sendTransfer(stream, input, transfer, this.#stop.signal);
    this.#outgoing = this.#follow(transfer, sending, this.#sent);
  }

  async #receive(flow: FlowStream): Promise<void> {
    const remote = await this.#agreed;
    if (!isBetween(remote, this.#options.use) || this.#incoming !== undefined) {
      return await refuse(flow, RESET_CODES.not_served);
    }
    const transfer = new Transfer("received", undefined, this.#nowMs());
    const receiving = receiveTransfer(flow, this.#io, transfer, this.#stop.signal);
    this.#incoming = this.#follow(transfer, receiving, this.#received);
    this.#begun.resolve();
  }

  #follow(
    transfer: Transfer,
    work: Promise<void>,
    { resolve }: PromiseWithResolvers<void>,
  ): Flowing {
    this.#progress.begin(transfer);
    this.#io.unfinished.add(transfer);
    const completed = work.finally(() => this.#progress.end(transfer)).then(() => {
      flowing.state = "complete";
      this.#io.unfinished.delete(transfer);
      transfer.complete(this.#nowMs()).forEach(this.#io.say);
      resolve();
    });
    const flowing: Flowing = { transfer, over: this.#try(completed), state: "flowing" };
    return flowing;
  }

  async #closeWhenDone(): Promise<void> {
    const { use } = this.#options;
    const hasEnd = givesStream(use) && isBetween(use, await this.#agreed);
    // What is typed goes on for ever: then the end of what comes is the end.
    await Promise.race([this.#sent.promise, ...hasEnd ? [] : [this.#received.promise]]);
    await this.#awaitAnswer();
    await this.#connection.close();
  }

  /** Waits for all of the other side's stream, or until nothing has come of it for a while. */
  async #awaitAnswer(): Promise<void> {
    const { use, lingerMs } = this.#options;
    // Who has given nothing is here to receive, however long the sender takes to begin.
    const isReceiver = takesStream(use) && (this.#outgoing?.transfer.bytes ?? 0) === 0 &&
      isBetween(await this.#agreed, use);
    if (lingerMs === 0 && !isReceiver) return this.#renounce();
    const begun = this.#begun.promise;
    await (isReceiver ? begun : Promise.race([begun, this.#silence(lingerMs)]));
    if (this.#incoming !== undefined) await this.#received.promise;
  }

  /** The user does not want the rest of an answer. */
  #renounce(): void {
    if (this.#incoming?.state !== "flowing") return;
    const { transfer, transfer: { extent } } = this.#incoming;
    const text = `closed without the rest of what comes, as -linger=0 has it: received ${extent}`;
    this.#io.say({ level: "info", kind: "renounced", text });
    this.#incoming.state = "renounced";
    this.#io.unfinished.delete(transfer);
  }

  async #silence(lingerMs: number): Promise<void> {
    for (let leftMs = lingerMs; leftMs > 0; leftMs = this.#heardMs + lingerMs - this.#nowMs()) {
      await sleep(this.#io.platform.clock, leftMs, this.#over.signal);
    }
  }

  async #conclude(): Promise<PipeOutcome> {
    const { remoteName, ended, closeReason, restartCount } = this.#connection;
    const ending = await ended;
    const flowing = [this.#outgoing, this.#incoming].filter((flow) => flow !== undefined);
    const cut = flowing.filter(({ state }) => state === "flowing").map(({ transfer }) => transfer);
    // A stop is told where the command ends, and so is what it left unfinished.
    this.#io.signal.throwIfAborted();
    if (isOfThisSide(this.#failure?.error, ending)) throw this.#failure?.error;
    if (cut.length > 0) {
      const isRestarted = restartCount !== this.#firstRestart;
      const transfers = cut;
      throw new Error(describeCut({ remoteName, ending, closeReason, isRestarted, transfers }));
    }
    if (this.#carries === "lines") return "lines";
    return flowing.length > 0 ? "a stream" : "nothing";
  }

  #nowMs(): number {
    return this.#io.platform.clock.nowMs();
  }
}

/** Whether a stream goes from one pipe to another. */
function isBetween(from: PipeUse, to: PipeUse): boolean {
  return givesStream(from) && takesStream(to);
}

/** Whether an error tells more than the end of the connection does. */
function isOfThisSide(error: unknown, ending: ConnectionEnding): boolean {
  if (error === undefined || error instanceof PeerError) return false;
  // Who ended the connection said nothing, of course.
  return !(error instanceof UnfitError) || ending === "closed_here";
}

function farewellOf(error: unknown): string | undefined {
  if (error instanceof UnfitError) return error.farewell;
  return error instanceof OutputError ? "its standard output takes no more" : undefined;
}
