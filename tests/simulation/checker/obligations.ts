/**
 * What must be true after every step: nobody who could be answered is left waiting.
 *
 * @module
 */

import type { KnownSession, Memory } from "./memory.ts";
import type { Step } from "./step.ts";
import { counterpartOf, deadlineMs, isLive, isReady } from "./times.ts";
import { demand } from "./violation.ts";

/** A host's queue may be full before all whose introduction was due are told: the others wait on. */
export function waitForRoom(step: Step, memory: Memory): void {
  const waiting = step.marked.filter(({ isOpen, due }) =>
    isOpen && due?.remote.hasRoom() === false
  );
  for (const session of waiting) {
    session.due = undefined;
    memory.join(session);
  }
  step.marked = step.marked.filter((session) => !waiting.includes(session));
}

/** Checks what the step itself demands, then every session. */
export function checkObligations(step: Step, memory: Memory): void {
  const { subject, expected, rivals, gaveWay, marked, shed } = step;
  if (expected !== undefined && subject !== undefined) {
    demand(
      !subject.isOpen,
      `Errors: The answer is ${expected}, at once.`,
      () => `#${subject.id} waits`,
    );
  }
  for (const rival of rivals) {
    demand(
      !rival.isOpen,
      "Errors: A session that is taken over is told so.",
      () => `#${rival.id} waits`,
    );
  }
  if (gaveWay !== undefined) {
    demand(
      !gaveWay.isOpen,
      "Limits and times: A newcomer takes the place of the session whose turn it is.",
      () => `#${gaveWay.id} stays`,
    );
  }
  demand(
    step.answers === undefined,
    "Answered KeepAlive: A KeepAlive that asks for an answer gets it at once.",
    () => `#${step.answers?.id} does not`,
  );
  for (const session of marked) {
    demand(
      !session.isOpen,
      "Order of datagram and request: Nobody waits past its deadline, or its 100 ms.",
      () => `#${session.id} waits for ${session.doom ?? "its introduction"}`,
    );
  }
  for (const session of shed) {
    demand(
      !session.isOpen,
      "Limits and times: Sessions that asked for nothing, then the newest, are given back.",
      () => `#${session.id} stays`,
    );
  }
  for (const session of memory.sessions) checkSession(session, step, memory);
}

function checkSession(session: KnownSession, step: Step, memory: Memory): void {
  if (!session.isOpen) {
    demand(
      session.ended || session.state === "quit",
      "Response: After its final response a session is half-closed.",
      () => `#${session.id} is not`,
    );
    return;
  }
  demand(
    step.kind !== "shut down",
    "Errors: A stop tells every session.",
    () => `#${session.id} waits`,
  );
  demand(
    deadlineMs(session, memory.leaseTimeoutMs) > step.clockMs,
    "Order of datagram and request: Nobody waits past its deadline.",
    () => `#${session.id} was due at ${deadlineMs(session, memory.leaseTimeoutMs)}`,
  );
  const remote = counterpartOf(session, memory);
  if (session.request?.connectionType === "Client") {
    demand(
      isLive(remote),
      "Server and Client: A Client of no live host is told host_not_found at once.",
      () => `#${session.id} still waits for ${session.remoteName}`,
    );
  }
  if (remote === undefined) return;
  demand(
    !remote.hasRoom() || !isReady(session, step.clockMs) || !isReady(remote, step.clockMs),
    session.place?.meets === "whoever is ready"
      ? "Names: At most one who is ready waits at a meeting point: the next one meets it at once."
      : "Peer: Two peers that ask for each other and are ready are introduced at once.",
    () => `#${session.id} and #${remote.id} wait`,
  );
}
