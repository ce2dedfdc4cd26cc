import { assertEquals } from "@std/assert";
import type { Request } from "../../src/protocol/message.ts";
import { Session, type SessionRequest } from "../../src/rendezvous/session.ts";
import { PairedGroups, SessionGroups } from "../../src/rendezvous/session_groups.ts";
import { server } from "./rig.ts";

function session(request: Request): Session {
  const silent = { address: "192.0.2.1", hasRoom: true, send: () => {}, end: () => {} };
  const session = new Session(silent, 0);
  session.request = request as SessionRequest;
  return session;
}

function withToken(token: string): Session {
  return session(server(5, { token }));
}

Deno.test("sessions of a key come in the order in which they were added", () => {
  const groups = new SessionGroups<string>();
  const [a, b, c] = ["A", "B", "C"].map(withToken);
  for (const each of [a, b, c]) groups.add("key", each);
  groups.add("other", a);
  assertEquals([...groups.get("key")], [a, b, c]);
  assertEquals(groups.remove("key", b), true);
  assertEquals(groups.remove("key", b), false);
  assertEquals([...groups.get("key")], [a, c]);
  assertEquals([groups.remove("key", a), groups.remove("key", c)], [true, true]);
  assertEquals([...groups.get("key")], []);
  assertEquals(groups.size, 1);
});

Deno.test("sessions may leave while they are iterated", () => {
  const groups = new SessionGroups<string>();
  const sessions = ["A", "B", "C"].map(withToken);
  for (const each of sessions) groups.add("key", each);
  const seen: Session[] = [];
  for (const each of groups.get("key")) {
    seen.push(each);
    groups.remove("key", each);
  }
  assertEquals(seen, sessions);
  assertEquals(groups.size, 0);
});

Deno.test("of two keys only the sessions of both are found", () => {
  const groups = new PairedGroups(({ token }) => token);
  const [a, b, again] = ["A", "B", "A"].map(withToken);
  const plain = session(server(5));
  groups.add("key", a);
  assertEquals([[...groups.get("key", "A")], [...groups.get("key", "B")]], [[a], []]);
  for (const each of [b, again, plain]) groups.add("key", each);
  assertEquals([...groups.get("key", "A")], [a, again]);
  assertEquals([...groups.get("key", "B")], [b]);
  assertEquals([...groups.get("key", undefined)], [plain]);
  assertEquals([...groups.get("other", "A")], []);
  assertEquals([groups.only("key", "B"), groups.only("key", "C")], [b, undefined]);
  assertEquals(groups.remove("key", withToken("A")), false);
  assertEquals(groups.remove("other", a), false);
  for (const each of [a, b, again, plain]) assertEquals(groups.remove("key", each), true);
  assertEquals(groups.size, 0);
});

Deno.test("of a thousand sessions of one key, those of the other are found without the rest", () => {
  let compared = 0;
  const groups = new PairedGroups(({ token }) => {
    compared++;
    return token;
  });
  const sessions = Array.from({ length: 1_000 }, (_, i) => withToken(`${i}`));
  for (const each of sessions) groups.add("key", each);
  compared = 0;
  assertEquals([...groups.get("key", "999")], [sessions[999]]);
  groups.remove("key", sessions[500]);
  assertEquals(compared <= 1, true, `${compared}`);
});
