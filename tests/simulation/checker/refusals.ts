/**
 * When a refusal is justified, and what the protocol prescribes for a request.
 *
 * @module
 */

import { familyOf, formatEndpoint } from "../../../src/address.ts";
import type { Refusal, Request, ServerRequest } from "../../../src/protocol/message.ts";
import type { KnownSession, Memory } from "./memory.ts";
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
  if (session.doom === code) return true;
  if (session === step.subject && step.expected === code) {
    return step.limit === undefined || explanation.includes(step.limit);
  }
  switch (code) {
    case "replaced":
      return session === step.rival;
    case "busy":
      return step.shed.has(session);
    case "host_not_found":
      return session.request?.connectionType === "Client" &&
        !isLive(memory.hosts.get(session.remoteName), step.nowMs);
    default:
      return false;
  }
}

/** Decides what a request brings, by the order in docs/PROTOCOL.md, and notes it in the step. */
export function takeRequest(
  session: KnownSession,
  request: Request | "malformed",
  step: Step,
  memory: Memory,
): void {
  if (!listens(session)) return;
  if (request === "malformed") step.expected = "bad_request";
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
  session.ask(request, step.nowMs);
  if (session.token !== undefined) session.mismatchCheckMs = step.nowMs + MISMATCH_MS;
  if (request.connectionType !== "Server") {
    const { address } = request.remote;
    if (address !== "own" && familyOf(address) !== familyOf(session.address)) {
      step.expected = "family_mismatch";
      return;
    }
    if (session.remoteName === session.name) {
      step.expected = "bad_request";
      return;
    }
  }
  const rival = rivalOf(session, memory);
  if (rival !== undefined && isProtected(rival, session, step.nowMs)) {
    step.expected = "busy";
    return;
  }
  if (rival !== undefined) {
    memory.leave(rival);
    step.rival = rival;
  }
  memory.join(session);
  if (request.connectionType === "Server") renewLease(session, step.nowMs, memory);
}

/** The older session for the same (local, remote), or for the same host. */
function rivalOf(session: KnownSession, memory: Memory): KnownSession | undefined {
  return session.request?.connectionType === "Server"
    ? memory.hosts.get(session.name)
    : memory.waitingAs(session);
}

/**
 * A Token guards who waits, a live host, and one that asked a moment ago, from everybody without the
 * same Token.
 */
function isProtected(rival: KnownSession, session: KnownSession, nowMs: number): boolean {
  if (rival.token === undefined || rival.token === session.token) return false;
  return rival.request?.connectionType !== "Server" || isLive(rival, nowMs) ||
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
    renewLease(session, step.nowMs, memory);
  } else {
    step.expected = "bad_request";
  }
}

function renewLease(session: KnownSession, nowMs: number, memory: Memory): void {
  if (session.lease !== undefined) memory.renew(session.lease, nowMs);
}

function describe(request: Request): string {
  if (request.connectionType !== "Server") return request.connectionType;
  const { token, localEndpoints } = request.extension ?? { token: "", localEndpoints: [] };
  return [request.localPeerPort, token, ...localEndpoints.map(formatEndpoint)].join();
}
