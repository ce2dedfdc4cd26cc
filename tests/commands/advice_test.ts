import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { advise, type Circumstances } from "../../src/commands/advice.ts";
import { PeerError, type PeerErrorCode, RECEIVED_CODES } from "../../src/peer/mod.ts";
import { parseHostPort, parseRemote } from "../../src/peer/names.ts";

const CIRCUMSTANCES: Circumstances = {
  start: "containment_breach",
  by: "address",
  server: parseHostPort("rendezvous.example", 6969)!,
  remote: parseRemote("203.0.113.7/41")!,
};

/** The same for those who meet by a code. */
const BY_CODE: Circumstances = { ...CIRCUMSTANCES, by: "code", remote: undefined };

function sentence(code: PeerErrorCode, message: string, circumstances = CIRCUMSTANCES): string {
  return advise(new PeerError(code, message), circumstances, "ends").sentence;
}

/** What somebody can do: a flag, a command, or something to start, end or try. */
const NEXT_STEP = /`containment_breach |-\w+|try again|start it again/;

Deno.test("every code that the server can send is a sentence with a next step, without its words", () => {
  for (const circumstances of [CIRCUMSTANCES, BY_CODE]) {
    for (const code of RECEIVED_CODES) {
      const wording = "QWERTY of the wire";
      const advice = advise(new PeerError(code, wording), circumstances, "ends");
      assert(!advice.sentence.includes("QWERTY"), code);
      assert(NEXT_STEP.test(advice.sentence), `${code}: ${advice.sentence}`);
      assertEquals(advice.wording, wording);
    }
  }
});

Deno.test("what the library found out itself is kept, and a next step added", () => {
  for (const code of ["punch_failed", "server_unreachable"] as const) {
    const { sentence, wording } = advise(
      new PeerError(code, "Cannot go there."),
      CIRCUMSTANCES,
      "ends",
    );
    assert(sentence.startsWith("Cannot go there. "), sentence);
    assertStringIncludes(sentence, "`containment_breach probe -server=rendezvous.example`");
    assertEquals(wording, undefined);
  }
});

Deno.test("who waits already is not told to wait", () => {
  for (const circumstances of [CIRCUMSTANCES, BY_CODE]) {
    for (const code of RECEIVED_CODES) {
      const error = new PeerError(code, "no host is connected and registered");
      const { sentence } = advise(error, circumstances, "tries again");
      assert(!/-wait=on|try again (?:later|when)/.test(sentence), `${code}: ${sentence}`);
      assert(/[\w)`]$/.test(sentence), sentence);
    }
  }
});

Deno.test("a missing host, one that is not heard and a name without address are told apart", () => {
  assertStringIncludes(
    sentence("host_not_found", "no host 203.0.113.7/41 is connected and registered"),
    "run `containment_breach host -server=rendezvous.example -local=41` there",
  );
  assertStringIncludes(
    sentence(
      "host_not_found",
      "the host 203.0.113.7/41 is connected, but no datagram from it has arrived",
    ),
    "hears no UDP from there; a firewall on that side?",
  );
  assertStringIncludes(
    sentence("host_not_found", "Cannot find the remote peer nowhere.example/1: expected"),
    "Cannot find the remote peer nowhere.example/1",
  );
});

Deno.test("a taken name is told from a full server", () => {
  assertStringIncludes(
    sentence("busy", "a session with another Token already stands for 203.0.113.7/41"),
    "choose another number, end the other program, or give both the same -token",
  );
  assertStringIncludes(
    sentence("busy", "expected at most 10 sessions (max_sessions), this is one more"),
    "try again later",
  );
});

Deno.test("of a code that nobody hosts it is asked what can be wrong, without a word of addresses", () => {
  const missing = sentence("host_not_found", "no host of this name", BY_CODE);
  assertStringIncludes(
    missing,
    "nobody hosts this code now: is the other side running, and on the same server " +
      "(rendezvous.example)?",
  );
  for (const code of RECEIVED_CODES) {
    const words = sentence(code, "a session with another Token already stands", BY_CODE);
    assert(!/-remote|-local\b/.test(words), words);
  }
  assertStringIncludes(
    sentence("busy", "a session with another Token already stands", BY_CODE),
    "another program hosts this code, or did so until a moment ago; end that one, leave -code out",
  );
});

Deno.test("a server that is older than codes is told by the library, and what there is without them", () => {
  const message = "Cannot use a code at 203.0.113.1:6969: expected a server that knows codes, " +
    "received the refusal of an older one";
  assertEquals(
    sentence("bad_request", message, BY_CODE),
    `${message}. By address a host has -local, and who joins it -remote`,
  );
});

Deno.test("of another secret it is said what that means where both have given the same", () => {
  const message = "Cannot reach the host of this code: the remote peer answers, but has another " +
    "secret; or the server told the two of you different addresses. Give both sides the same secret.";
  for (const circumstances of [CIRCUMSTANCES, BY_CODE]) {
    const words = sentence("punch_failed", message, circumstances);
    assertStringIncludes(words, "somebody sits between who does not have it");
    assert(!words.includes("probe"), words);
  }
});

Deno.test("without UDP it is said that no direct path can exist", () => {
  assertStringIncludes(
    sentence("no_lease", "none arrived"),
    "no direct path to any peer can exist",
  );
});
