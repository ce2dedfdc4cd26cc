import { assertEquals } from "@std/assert";
import { client, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";
const T = { token: "T", local: ["10.0.0.1:1000", "[fe80::1]:1000"] };
const U = { token: "U", local: ["10.0.0.2:2000"] };
const LOCAL_T = "DestLocal 10.0.0.1:1000 [fe80::1]:1000";
const LOCAL_U = "DestLocal 10.0.0.2:2000";

/** A with Token T, B with Token U, both with plain leases as well. */
function rigWithLeases(): Rig {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5);
  rig.datagram(`${A}:1001`, 5, "T");
  rig.datagram(`${B}:2000`, 6);
  rig.datagram(`${B}:2001`, 6, "U");
  return rig;
}

Deno.test("both extended: the same PairKey, the age and the local endpoints for both", () => {
  const rig = rigWithLeases();
  const a = rig.ask(A, peer(5, `${B}/6`, T));
  const b = rig.ask(B, peer(6, `${A}/5`, U));
  a.told(`0 you ${A}:1001, remote ${B}:2001, PairKey key1, DestAgeMs 0, ${LOCAL_U}`, "0 end");
  b.told(`0 you ${B}:2001, remote ${A}:1001, PairKey key1, DestAgeMs 0, ${LOCAL_T}`, "0 end");
});

Deno.test("one extended: it gets the age alone, the other an old response", () => {
  const rig = rigWithLeases();
  const a = rig.ask(A, peer(5, `${B}/6`, T));
  const b = rig.ask(B, peer(6, `${A}/5`));
  a.told(`0 you ${A}:1001, remote ${B}:2000, DestAgeMs 0`, "0 end");
  b.told(`0 you ${B}:2000, remote ${A}:1001`, "0 end");
});

Deno.test("neither extended: exactly the old responses", () => {
  const rig = rigWithLeases();
  const a = rig.ask(A, peer(5, `${B}/6`));
  const b = rig.ask(B, peer(6, `${A}/5`));
  a.told(`0 you ${A}:1000, remote ${B}:2000`, "0 end");
  b.told(`0 you ${B}:2000, remote ${A}:1000`, "0 end");
});

Deno.test("no DestLocal where the remote gave none", () => {
  const rig = rigWithLeases();
  const a = rig.ask(A, peer(5, `${B}/6`, T));
  const b = rig.ask(B, peer(6, `${A}/5`, { token: "U" }));
  a.told(`0 you ${A}:1001, remote ${B}:2001, PairKey key1, DestAgeMs 0`, "0 end");
  b.told(`0 you ${B}:2001, remote ${A}:1001, PairKey key1, DestAgeMs 0, ${LOCAL_T}`, "0 end");
});

for (const hostIsExtended of [true, false]) {
  for (const clientIsExtended of [true, false]) {
    const who = `${hostIsExtended ? "an extended" : "a plain"} host and ` +
      `${clientIsExtended ? "an extended" : "a plain"} client`;
    Deno.test(`${who}: each gets what its request asked for`, () => {
      const rig = rigWithLeases();
      const host = rig.ask(A, server(5, hostIsExtended ? T : undefined));
      const joining = rig.ask(B, client(6, `${A}/5`, clientIsExtended ? U : undefined));
      const both = hostIsExtended && clientIsExtended;
      const key = both ? ", PairKey key1" : "";
      const hostPort = hostIsExtended ? 1001 : 1000;
      const clientPort = clientIsExtended ? 2001 : 2000;
      host.told(
        `0 you ${A}:${hostPort}, remote ${B}:${clientPort}` +
          (hostIsExtended ? `${key}, DestAgeMs 0${both ? `, ${LOCAL_U}` : ""}` : ""),
      );
      joining.told(
        `0 you ${B}:${clientPort}, remote ${A}:${hostPort}` +
          (clientIsExtended ? `${key}, DestAgeMs 0${both ? `, ${LOCAL_T}` : ""}` : ""),
        "0 end",
      );
    });
  }
}

Deno.test("a Note goes to an extended remote alone, unread, also when it is empty", () => {
  const note = '"}\n\u0000☃';
  const rig = rigWithLeases();
  const host = rig.ask(A, server(5, { token: "T", note }));
  rig.ask(B, client(6, `${A}/5`, { token: "U", note: "" })).told(
    `0 you ${B}:2001, remote ${A}:1001, PairKey key1, DestAgeMs 0, DestNote ${note}`,
    "0 end",
  );
  host.told(`0 you ${A}:1001, remote ${B}:2001, PairKey key1, DestAgeMs 0, DestNote `);
  rig.ask(B, client(6, `${A}/5`)).told(`0 you ${B}:2000, remote ${A}:1001`, "0 end");
  host.told(`0 you ${A}:1001, remote ${B}:2000, DestAgeMs 0`);
});

Deno.test("two Peers tell each other their Notes", () => {
  const rig = rigWithLeases();
  const a = rig.ask(A, peer(5, `${B}/6`, { ...T, note: "of A" }));
  const b = rig.ask(B, peer(6, `${A}/5`, { ...U, note: "of B" }));
  a.told(
    `0 you ${A}:1001, remote ${B}:2001, PairKey key1, DestAgeMs 0, ${LOCAL_U}, DestNote of B`,
    "0 end",
  );
  b.told(
    `0 you ${B}:2001, remote ${A}:1001, PairKey key1, DestAgeMs 0, ${LOCAL_T}, DestNote of A`,
    "0 end",
  );
});

Deno.test("every introduction has a PairKey of its own", () => {
  const rig = rigWithLeases();
  const host = rig.ask(A, server(5, T));
  rig.ask(B, client(6, `${A}/5`, U));
  rig.ask(B, client(6, `${A}/5`, U));
  const keys = host.takeLines().map((line) => /PairKey (\w+)/.exec(line)?.[1]);
  assertEquals(keys, ["key1", "key2"]);
});

Deno.test("DestAgeMs counts whole milliseconds since the remote's last datagram", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.at(700.75);
  rig.datagram(`${B}:2000`, 6, "U");
  rig.at(1_000.5);
  rig.ask(A, peer(5, `${B}/6`, T));
  const b = rig.ask(B, peer(6, `${A}/5`, U));
  b.told(
    `1000.5 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 1000, ${LOCAL_T}`,
    "1000.5 end",
  );
});

Deno.test("DestAgeMs is of the datagram: KeepAlives and requests do not make it younger", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  const host = rig.ask(A, server(5, T));
  rig.at(30_000);
  host.requests({ connectionType: "KeepAlive" });
  rig.datagram(`${B}:2000`, 6, "U");
  rig.ask(B, client(6, `${A}/5`, { token: "U" })).told(
    `30000 you ${B}:2000, remote ${A}:1000, PairKey key1, DestAgeMs 30000, ${LOCAL_T}`,
    "30000 end",
  );
});

Deno.test("RemoteIP of one's own address: peers behind one NAT find each other", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${A}:1001`, 6, "U");
  const first = rig.ask(A, peer(5, "own/6", { token: "T" }));
  const second = rig.ask(A, peer(6, `${A}/5`, { token: "U" }));
  first.told(`0 you ${A}:1000, remote ${A}:1001, PairKey key1, DestAgeMs 0`, "0 end");
  second.told(`0 you ${A}:1001, remote ${A}:1000, PairKey key1, DestAgeMs 0`, "0 end");
});

Deno.test("RemoteIP of one's own address names a host as well", () => {
  const rig = new Rig();
  rig.datagram(`${A}:1000`, 5, "T");
  rig.datagram(`${A}:1001`, 6, "U");
  rig.ask(A, client(6, "own/5", { token: "U" })).told(
    `0 host_not_found: no host ${A}/5 is connected and registered`,
    "0 end",
  );
  rig.ask(A, server(5, { token: "T" }));
  rig.ask(A, client(6, "own/5", { token: "U" })).told(
    `0 you ${A}:1001, remote ${A}:1000, PairKey key1, DestAgeMs 0`,
    "0 end",
  );
});

Deno.test("RemoteIP of one's own address with one's own PeerPort is bad_request", () => {
  const rig = new Rig();
  rig.ask(A, peer(5, "own/5", { token: "T" })).told(
    `0 bad_request: expected another peer, received ${A}/5, which is the requester`,
    "0 end",
  );
});

Deno.test("RemoteIP of one's own address takes over and is taken over by its name", () => {
  const rig = new Rig();
  const byOwn = rig.ask("2001:db8::1", peer(5, "own/6", { token: "T" }));
  const byName = rig.ask("2001:db8::1", peer(5, "2001:db8::1/6", { token: "T" }));
  byOwn.told("0 replaced: a newer session of 2001:db8::1/5 took over", "0 end");
  byName.told();
});
