import { HOST } from "./host_rig.ts";
import { client, peer, Rig, type ScriptedPeer, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const T = { token: "T" };
const ANSWER = "kept alive, LeaseTimeoutS 90";

/** A `KeepAlive` with an extension. */
function keepAlive(token: string, answer: boolean) {
  return { connectionType: "KeepAlive", extension: { token, answer } } as const;
}

function rigWithExtendedHost(): [Rig, ScriptedPeer] {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1, "T");
  return [rig, rig.ask(HOST, server(1, T))];
}

Deno.test("a KeepAlive that asks for an answer is told the lease timeout and renews", () => {
  const [rig, host] = rigWithExtendedHost();
  rig.at(50_000);
  host.requests(keepAlive("T", true));
  host.told(`50000 ${ANSWER}`);
  rig.at(139_999);
  host.told();
  rig.at(140_000);
  host.told(
    `140000 lease_timeout: nothing renewed the lease of ${HOST}/1 with this Token for 90 s`,
    "140000 end",
  );
});

Deno.test("it is answered before the host has its lease", () => {
  const rig = new Rig();
  const host = rig.ask(HOST, server(1, T));
  host.requests(keepAlive("T", true));
  host.told(`0 ${ANSWER}`);
});

Deno.test("without Answer, with false or with another Token it renews and is not answered", () => {
  for (
    const request of [
      { connectionType: "KeepAlive" } as const,
      keepAlive("T", false),
      keepAlive("U", true),
    ]
  ) {
    const [rig, host] = rigWithExtendedHost();
    rig.at(50_000);
    host.requests(request);
    rig.at(139_999);
    host.told();
  }
});

Deno.test("a session without a Token is never answered", () => {
  const rig = new Rig();
  rig.datagram(`${HOST}:9000`, 1);
  const host = rig.ask(HOST, server(1));
  host.requests(keepAlive("T", true));
  host.told();
});

Deno.test("one answer waits at most; the next is given when it has left", () => {
  const [rig, host] = rigWithExtendedHost();
  for (let i = 0; i < 3; i++) host.requests(keepAlive("T", true));
  host.told(`0 ${ANSWER}`);
  rig.at(1);
  host.drains();
  host.requests(keepAlive("T", true));
  host.told(`1 ${ANSWER}`);
});

Deno.test("a waiting extended Peer is answered, and renews nothing by it", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  const waiting = rig.ask(A, peer(5, `${B}/6`, T));
  rig.at(50_000);
  waiting.requests(keepAlive("T", true));
  waiting.told(`50000 ${ANSWER}`);
  waiting.requests(keepAlive("U", true));
  waiting.requests(server(5, T));
  waiting.sendsGarbage("expected JSON");
  waiting.told();
  rig.at(90_000);
  waiting.told(
    `90000 lease_timeout: nothing renewed the lease of ${A}/5 with this Token for 90 s`,
    "90000 end",
  );
});

Deno.test("a Peer without a Token and a Client are not heard after their request", () => {
  const [rig] = rigWithExtendedHost();
  const plain = rig.ask(A, peer(5, `${B}/6`));
  const joining = rig.ask(A, client(7, `${HOST}/1`, T));
  for (const session of [plain, joining]) {
    session.requests(keepAlive("T", true));
    session.told();
  }
});

Deno.test("as the first request it is a bad one, extended or not", () => {
  const rig = new Rig();
  rig.ask(A, keepAlive("T", true)).told(
    "0 bad_request: KeepAlive: expected a Server session, received it as the first request",
    "0 end",
  );
});
