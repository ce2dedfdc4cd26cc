import { assertEquals } from "@std/assert";
import { PeerError, type PeerErrorCode, refusalError } from "../../../src/peer/errors.ts";
import { followUp } from "../../../src/peer/signaling/follow_up.ts";
import { RECEIVED_CODES } from "../../../src/protocol/message.ts";

/** Codes of what follows, as the sentences in the protocol and in the options say. */
const EXPECTED: Record<PeerErrorCode, [waiting: string, hurried: string]> = {
  bad_request: ["end", "end"],
  replaced: ["end", "end"],
  punch_failed: ["end", "end"],
  stream_reset: ["end", "end"],
  stream_lost: ["end", "end"],
  no_streams: ["end", "end"],
  no_lease: ["again", "end"],
  address_mismatch: ["again", "end"],
  family_mismatch: ["again", "end"],
  server_unreachable: ["again", "end"],
  host_not_found: ["soon", "end"],
  lease_timeout: ["again", "again"],
  cancelled: ["again", "again"],
  busy: ["again", "again"],
  shutting_down: ["again", "again"],
  unavailable: ["again", "again"],
};

Deno.test("what may pass is waited for, what asking again cannot change is not", () => {
  for (const [code, [waiting, hurried]] of Object.entries(EXPECTED)) {
    const error = new PeerError(code as PeerErrorCode, "");
    assertEquals([followUp(error, "on"), followUp(error, "off")], [waiting, hurried], code);
  }
});

Deno.test("every code that a server may send has a follow-up; unknown ones end the request", () => {
  for (const code of RECEIVED_CODES) assertEquals(EXPECTED[code].length, 2, code);
  const unknown = refusalError({ code: "unknown", explanation: "teapot: short and stout" });
  assertEquals(followUp(unknown, "on"), "end");
});

Deno.test("a name that is taken is said with what to do; a limit is not", () => {
  const taken = refusalError({
    code: "busy",
    explanation: "a session with another Token already stands for 198.51.100.1/1",
  });
  assertEquals(
    taken.message,
    "a session with another Token already stands for 198.51.100.1/1: choose another PeerPort, " +
      "end the other program, or give both the same Token",
  );
  const limit = { code: "busy", explanation: "10000 sessions are open" } as const;
  assertEquals(refusalError(limit).message, limit.explanation);
});
