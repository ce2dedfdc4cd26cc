/**
 * When a refusal is justified, and what the protocol prescribes for a request.
 *
 * @module
 */

import { familyOf, formatEndpoint } from "../../../src/address.ts";
import type {
  ErrorCode,
  Refusal,
  RemoteRequest,
  Request,
  ServerRequest,
} from "../../../src/protocol/message.ts";
import { type KnownSession, leaseKey, type Memory } from "./memory.ts";
import type { Step } from "./step.ts";
import { isLive, MISMATCH_MS } from "./times.ts";
import { demand } from "./violation.ts";

/** "... or asked as a Server at most 2 s ago." */
const NEW_HOST_MS = 2_000;

/** Checks that a session could be refused so in this step. */
export function checkRefusal(
  session: KnownSession,
  refusal: Refusal,
  step: Step,
  memory: Memory,
): void {
  const { code, explanation } = refusal;
  demand(
    isJustified(session, refusal, step, memory),
    `Errors: A session is told ${code} only when PROTOCOL.md says so.`,
    () =>
      `#${session.id} was told "${code}: ${explanation}" by a ${step.kind}; ` +
      `expected ${answerOf(session, step) ?? "nothing"}`,
  );
}

function answerOf(session: KnownSession, step: Step): string | undefined {
  return (session === step.subject ? step.expected : undefined) ?? session.doom;
}

function isJustified(
  session: KnownSession,
  { code, explanation }: Refusal,
  step: Step,
  memory: Memory,
): boolean {
  if (step.kind === "shut down") return code === "shutting_down";
  if (session.doom === "address_mismatch" && code === "address_mismatch") {
    return explanation.includes(session.address) &&
      explanation.includes(session.foreignAddress as string);
  }
  if (session.doom === code) return saysWhatWasSeen(session, explanation);
  if (session === step.subject && step.expected === code) {
    return step.limit === undefined || explanation.includes(step.limit);
  }
  switch (code) {
    case "replaced":
      return step.rivals.includes(session);
    case "busy":
      return step.shed.has(session) ||
        session === step.gaveWay && explanation.includes("max_sessions");
    case "host_not_found":
      return session.request?.connectionType === "Client" &&
        saysWhatIsKnown(session.remoteName, explanation, memory);
    default:
      return false;
  }
}

/** A session whose time is over hears what the server saw of it meanwhile. */
function saysWhatWasSeen(session: KnownSession, explanation: string): boolean {
  switch (session.doom) {
    case "bad_request": {
      const { readBytes } = session;
      return explanation.endsWith(readBytes === 0 ? "none" : `the first ${readBytes} bytes of one`);
    }
    case "busy":
    case "no_lease":
      return session.seen.isSaidBy(explanation, session.token);
    default:
      return true;
  }
}

/** A host that is not live is connected without a datagram, or not at all. */
function saysWhatIsKnown(name: string, explanation: string, memory: Memory): boolean {
  const host = memory.hosts.get(name);
  if (isLive(host)) return false;
  const saysConnected = explanation.includes("is connected, but no datagram");
  // One that goes in this step may be seen for the last time, or not any more.
  const isLeaving = memory.sessions.values().some((session) =>
    session.isOpen && session.doom !== undefined && session.doors.includes(name)
  );
  return isLeaving || saysConnected === (host !== undefined && host.isOpen);
}

/** Decides what a request brings, by the order in docs/PROTOCOL.md, and notes it in the step. */
export function takeRequest(
  session: KnownSession,
  request: Request | "malformed",
  step: Step,
  memory: Memory,
): void {
  if (session.isOpen && session.request?.connectionType === "Peer") {
    if (request !== "malformed") answerLater(session, request, step);
  } else if (!listens(session)) return;
  else if (request === "malformed") step.expected = "bad_request";
  else if (session.request?.connectionType === "Server") {
    takeAgain(session, session.request, request, step, memory);
  } else {
    takeFirst(session, request, step, memory);
  }
}

/** Whether bytes of this session still mean something. */
export function listens(session: KnownSession): boolean {
  return session.isOpen && session.doom === undefined && session.due === undefined &&
    (session.request === undefined || session.request.connectionType === "Server");
}

function takeFirst(session: KnownSession, request: Request, step: Step, memory: Memory): void {
  if (request.connectionType === "KeepAlive") {
    step.expected = "bad_request";
    return;
  }
  session.ask(request, step.nowMs, memory.nextEvent());
  memory.drops.get(session.address)?.countFor(session.seen, step.nowMs);
  if (memory.leases.has(leaseKey(session.address, request.localPeerPort, undefined))) {
    session.seen.withoutToken++;
  }
  if (session.token !== undefined) session.mismatchCheckMs = step.nowMs + MISMATCH_MS;
  const refusal = request.connectionType === "Server"
    ? undefined
    : refusalOfRemote(session, request, memory);
  if (refusal !== undefined) {
    step.expected = refusal;
    return;
  }
  const rivals = rivalsOf(session, memory);
  if (rivals.some((rival) => isProtected(rival, session, step.nowMs))) {
    step.expected = "busy";
    return;
  }
  for (const rival of rivals) memory.leave(rival);
  step.rivals = rivals;
  memory.join(session);
  if (request.connectionType === "Server") renewLease(session, step.nowMs, memory);
}

/** What is wrong with whom a request is for. */
function refusalOfRemote(
  session: KnownSession,
  { connectionType, remote }: RemoteRequest,
  memory: Memory,
): ErrorCode | undefined {
  if ("name" in remote) {
    const host = memory.hosts.get(session.remoteName);
    const isOwn = connectionType === "Client" && host?.token === session.token;
    return isOwn ? "bad_request" : undefined;
  }
  const { address } = remote;
  if (address !== "own" && familyOf(address) !== familyOf(session.address)) {
    return "family_mismatch";
  }
  return session.remoteName === session.name ? "bad_request" : undefined;
}

/** The older sessions for the same (local, remote), or for the same doors of a host. */
function rivalsOf(session: KnownSession, memory: Memory): KnownSession[] {
  const rivals = session.request?.connectionType === "Server"
    ? session.doors.map((door) => memory.hosts.get(door))
    : [memory.waitingAs(session)];
  return [...new Set(rivals)].filter((rival) => rival !== undefined);
}

/**
 * A Token guards who waits, a live host, and one that asked a moment ago, from everybody without the
 * same Token.
 */
function isProtected(rival: KnownSession, session: KnownSession, nowMs: number): boolean {
  if (rival.token === undefined || rival.token === session.token) return false;
  return rival.request?.connectionType !== "Server" || isLive(rival) ||
    nowMs <= rival.requestMs + NEW_HOST_MS;
}

function takeAgain(
  session: KnownSession,
  first: ServerRequest,
  request: Request,
  step: Step,
  memory: Memory,
): void {
  if (request.connectionType === "KeepAlive" || describe(request) === describe(first)) {
    if (request.connectionType === "Server") session.request = request;
    renewLease(session, step.nowMs, memory);
    answerLater(session, request, step);
  } else {
    step.expected = "bad_request";
  }
}

/** A KeepAlive with the session's Token that asks for it is answered, one at a time. */
function answerLater(session: KnownSession, request: Request, step: Step): void {
  if (request.connectionType !== "KeepAlive" || session.doom !== undefined) return;
  if (session.due !== undefined || session.answer === "queued") return;
  const { token, answer } = request.extension ?? {};
  if (answer === true && token === session.token) step.answers = session;
}

function renewLease(session: KnownSession, nowMs: number, memory: Memory): void {
  if (session.lease !== undefined) memory.renew(session.lease, nowMs);
}

/** What a host must repeat; one with a name may bring another Note and other local endpoints. */
function describe(request: Request): string {
  if (request.connectionType !== "Server") return request.connectionType;
  const { token, localName, note, localEndpoints = [] } = request.extension ?? {};
  const rest = localName === undefined ? [note, ...localEndpoints.map(formatEndpoint)] : [];
  return JSON.stringify([String(request.localPeerPort), token, localName, ...rest]);
}
