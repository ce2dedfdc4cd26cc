import { assertEquals } from "@std/assert";
import { hostNotFound, noLease } from "../../src/rendezvous/refusals.ts";
import { type DropReason, SeenDatagrams } from "../../src/rendezvous/seen_datagrams.ts";
import { countingRandom32 } from "./rig.ts";
import type { RemoteRequest } from "../../src/protocol/message.ts";
import { Session, type SessionRequest } from "../../src/rendezvous/session.ts";
import { client, server } from "./rig.ts";

const A = "203.0.113.7";
const ARRIVED = `no datagram for ${A}/5 arrived within 90 s`;
const ARRIVED_WITH_TOKEN = `no datagram for ${A}/5 with this Token arrived within 90 s`;

function sessionThatAsked(request: SessionRequest, address = A): Session {
  const session = new Session({ address, hasRoom: true, send: () => {}, end: () => {} }, 0);
  session.request = request;
  return session;
}

/** What a session at A/5 without a lease is told when `happen` was seen since its request. */
function toldAfter(happen: (seen: SeenDatagrams) => void, token?: string): string {
  const seen = new SeenDatagrams(countingRandom32());
  const watch = seen.watch(A, 5n, 0);
  happen(seen);
  const request = server(5, token === undefined ? undefined : { token }) as SessionRequest;
  const { code, explanation } = noLease(sessionThatAsked(request), 90_000, seen.since(watch));
  return `${code}: ${explanation}`;
}

Deno.test("no_lease says what of this address was dropped", () => {
  assertEquals(toldAfter(() => {}), `no_lease: ${ARRIVED}`);
  const drop = (times: number, reason: DropReason) => (seen: SeenDatagrams) => {
    for (let i = 0; i < times; i++) seen.dropped(A, i === 0 ? "too_long" : reason, 0);
  };
  assertEquals(
    toldAfter(drop(12, "not_json")),
    `no_lease: ${ARRIVED}; 12 datagrams from ${A} were dropped, the last: not_json`,
  );
  assertEquals(
    toldAfter(drop(1, "not_json")),
    `no_lease: ${ARRIVED}; 1 datagram from ${A} was dropped, the last: too_long`,
  );
});

Deno.test("where none was taken and some were refused for a limit, it is busy with the limit", () => {
  const refuse = (seen: SeenDatagrams) => seen.refused(A, "datagrams_per_address");
  assertEquals(
    toldAfter((seen) => {
      for (let i = 0; i < 3; i++) refuse(seen);
      seen.dropped(A, "not_json", 0);
    }),
    `busy: no datagram from ${A} was taken since the request, 3 were refused for the limit ` +
      "datagrams_per_address",
  );
  assertEquals(
    toldAfter((seen) => {
      refuse(seen);
      seen.taken(A, 6n, undefined);
    }),
    `no_lease: ${ARRIVED}; 1 datagram from ${A} was refused for the limit datagrams_per_address`,
  );
});

Deno.test("no_lease says whether the PeerPort came with another Token or with none", () => {
  const take = (...tokens: (string | undefined)[]) => (seen: SeenDatagrams) => {
    for (const token of tokens) seen.taken(A, 5n, token);
  };
  assertEquals(
    toldAfter(take("T", "U")),
    `no_lease: ${ARRIVED}; 2 datagrams with the PeerPort 5 came from ${A} with a Token`,
  );
  assertEquals(
    toldAfter(take("U", undefined), "T"),
    `no_lease: ${ARRIVED_WITH_TOKEN}; 1 datagram with the PeerPort 5 came from ${A} with another ` +
      `Token; 1 datagram with the PeerPort 5 came from ${A} without a Token`,
  );
  assertEquals(toldAfter((seen) => seen.taken(A, 6n, "U"), "T"), `no_lease: ${ARRIVED_WITH_TOKEN}`);
});

Deno.test("host_not_found tells a host that is connected from one that is unknown", () => {
  const request = client(5, "198.51.100.1/1") as RemoteRequest;
  const session = sessionThatAsked(request);
  const host = sessionThatAsked(server(1) as SessionRequest, "198.51.100.1");
  assertEquals(hostNotFound(session, request, undefined), {
    code: "host_not_found",
    explanation: "no host 198.51.100.1/1 is connected and registered",
  });
  assertEquals(hostNotFound(session, request, host), {
    code: "host_not_found",
    explanation: "the host 198.51.100.1/1 is connected, but no datagram from it has arrived",
  });
});
