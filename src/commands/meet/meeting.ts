/**
 * `join` and `peer`: one remote peer, as a pipe, a service or a listener.
 *
 * @module
 */

import { type Family, familyOf, formatEndpoint } from "../../address.ts";
import { Backoff } from "../../async/backoff.ts";
import { sleep } from "../../async/waiting.ts";
import {
  connect,
  type Connection,
  join,
  PeerError,
  type PeerErrorCode,
  type PeerEvent,
} from "../../peer/mod.ts";
import { formatRemote, type RemoteSpec } from "../../peer/names.ts";
import { commandLine, serverText } from "../command_lines.ts";
import { givesStream } from "../connection_use.ts";
import { forwardTo, listenAt } from "../forward/carriers.ts";
import type { FlowAddress } from "../forward/flow_address.ts";
import type { CommandIo } from "../io.ts";
import { HEARING_CHECK_MS, REOPEN, SOUND_MS } from "../limits.ts";
import { Report } from "../report.ts";
import { Hearing } from "./hearing.ts";
import { type Identity, peerOptions } from "./identity.ts";
import { Pipe, type PipeTerms } from "./pipe.ts";
import { offerInput, type PipeInput } from "./pipe_input.ts";
import { sendLines } from "./pipe_lines.ts";
import { describeRefusal, describeUnsent } from "./pipe_report.ts";

/** What `join` and `peer` do with their connection. */
export interface Meeting extends Identity {
  readonly mode: "join" | "peer";
  /** `undefined` where a code says who is met. */
  readonly remote: RemoteSpec | undefined;
  readonly forwardTo?: FlowAddress | undefined;
  readonly maxFlows: number;
  readonly listenAt?: FlowAddress | undefined;
  readonly pipe: PipeTerms;
}

/** What it does while it lasts. */
type Work = (connection: Connection) => Promise<void>;

/** What asking again cannot change. */
const FINAL: readonly PeerErrorCode[] = ["bad_request", "replaced", "family_mismatch"];

/**
 * Connects to the other side. As a pipe it ends with the connection; with `listenAt` or `forwardTo`
 * it connects again until it is ended.
 *
 * @throws {PeerError} when a connection does not come about, and it is not to wait for one
 * @throws {Error} when a pipe's remote peer is lost, or `listenAt` cannot be had
 */
export async function runMeeting(meeting: Meeting, io: CommandIo): Promise<void> {
  const { forwardTo: target, maxFlows, listenAt: listening } = meeting;
  const { platform, say } = io;
  const run = new MeetingRun(meeting, io);
  if (listening !== undefined) {
    const listener = await listenAt(listening, platform, say);
    const local = formatEndpoint(listener.local);
    say({ level: "info", kind: "listening", text: `listening on ${local}`, members: { local } });
    try {
      return await run.repeat((connection) => listener.carry(connection));
    } finally {
      listener.close();
    }
  }
  if (target !== undefined) {
    const forwarder = forwardTo(target, { platform, maxFlows, say });
    return await run.repeat((connection) => forwarder.carry(connection));
  }
  const input = offerInput(io, meeting.pipe.use);
  await run.once((connection) => runPipe(connection, { ...meeting.pipe, input }, io));
}

/** @throws {Error} when less went through it than was to */
async function runPipe(
  connection: Connection,
  terms: PipeTerms & { readonly input: PipeInput },
  io: CommandIo,
): Promise<void> {
  const { input } = terms;
  const only = new Set([connection]);
  const pipe = new Pipe(connection, { ...terms, sendLines: () => sendLines(only, input, io) }, io);
  const outcome = await pipe.run();
  const { remoteName } = connection;
  if (outcome === "a stream") return;
  if (await connection.ended === "lost") throw new Error(`lost: ${remoteName} fell silent`);
  if (outcome === "lines") return;
  const refusal = describeRefusal(connection);
  if (refusal !== undefined) throw new Error(refusal);
  if (input.hasBytes && givesStream(terms.use)) throw new Error(describeUnsent(remoteName));
}

/** One run of `join` or `peer`. */
class MeetingRun {
  readonly #meeting: Meeting;
  readonly #io: CommandIo;
  readonly #report: Report;
  readonly #hearing: Hearing;
  #isWaitSaid = false;

  constructor(meeting: Meeting, io: CommandIo) {
    const { mode, server, code, remote } = meeting;
    this.#meeting = meeting;
    this.#io = io;
    const by = code === undefined ? "address" : "code";
    this.#report = new Report({ start: io.start, server, by, remote }, io.say);
    this.#hearing = new Hearing({
      server,
      families: familiesOf(remote),
      delayMs: mode === "peer" ? 0 : HEARING_CHECK_MS,
      silence: mode === "peer" ? "is normal" : "is deafness",
      onObserved: (addresses) => this.#sayWaiting(addresses),
    }, io);
  }

  /** Connects, works until the connection is over, and says how it ended. */
  async once(work: Work): Promise<void> {
    const { mode, remote } = this.#meeting;
    const reach = mode === "join" ? join : connect;
    const options = peerOptions(this.#meeting, this.#io, (event) => this.#onEvent(event));
    const target = remote === undefined ? {} : { remote: formatRemote(remote) };
    try {
      const connection = await reach({ ...options, ...target });
      this.#report.connected(connection);
      try {
        await work(connection);
      } finally {
        await connection.close();
        await this.#report.ended(connection);
      }
    } finally {
      this.#hearing.answered();
    }
  }

  /** Does so again and again, after longer and longer pauses while it is of no use. */
  async repeat(work: Work): Promise<never> {
    const { clock, secrets } = this.#io.platform;
    const pauses = new Backoff(REOPEN, () => secrets.randomBytes(1)[0] / 255);
    for (;;) {
      const startedMs = clock.nowMs();
      const failure = await this.once(work).then(() => undefined, (error) => error);
      if (failure !== undefined && !this.#mayPass(failure)) throw failure;
      if (clock.nowMs() - startedMs >= SOUND_MS) pauses.reset();
      const delayMs = pauses.nextMs();
      if (failure !== undefined) this.#report.retry(failure, delayMs);
      await sleep(clock, delayMs, this.#io.signal);
    }
  }

  #mayPass(failure: unknown): failure is PeerError {
    return this.#meeting.wait === "on" && failure instanceof PeerError &&
      !FINAL.includes(failure.code);
  }

  #onEvent(event: PeerEvent): void {
    this.#report.event(event);
    if (event.kind === "asked") this.#hearing.asked();
    else if (event.kind === "retry" || event.kind === "introduced") this.#hearing.answered();
  }

  /** The other side has to ask for this one, or nothing comes of it. */
  #sayWaiting(addresses: readonly string[]): void {
    const { mode, remote, local } = this.#meeting;
    if (mode !== "peer" || this.#isWaitSaid) return;
    this.#isWaitSaid = true;
    if (remote === undefined) return this.#sayMeetingPoint();
    const [waitedFor, names] = [formatRemote(remote), addresses.map((own) => `${own}/${local}`)];
    this.#io.say({
      level: "info",
      kind: "waiting",
      text: `waiting for ${waitedFor}, which must ask for ${names.join(" or ")}`,
      members: { remote: waitedFor, names },
    });
  }

  /** The code was given: who gave it knows it, and whoever reads this later need not. */
  #sayMeetingPoint(): void {
    const { start, say } = this.#io;
    const command = commandLine(start, ["peer", `${serverText(this.#meeting.server)}/CODE`], {});
    const text = `waiting for the other side, which must give the same CODE: ${command}`;
    say({ level: "info", kind: "waiting", text, members: { command } });
  }
}

/** The IP versions by which a remote peer can be met, where that is known. */
function familiesOf(remote: RemoteSpec | undefined): Family[] | undefined {
  const host = remote?.host;
  return host?.kind === "address" ? [familyOf(host.address)] : undefined;
}
