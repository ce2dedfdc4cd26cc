import { assertEquals } from "@std/assert";
import { ERROR_CODES, type ErrorCode } from "../../src/protocol/message.ts";
import { client, peer, Rig, server } from "./rig.ts";

const A = "192.0.2.1";
const B = "198.51.100.2";

/** For each code a script that ends with it, and the explanation that names the values. */
const SCRIPTS: Record<ErrorCode, [script: (rig: Rig) => string[], explanation: string]> = {
  bad_request: [
    (rig) => rig.ask(A, peer(5, `${A}/5`)).takeLines(),
    `expected another peer, received ${A}/5, which is the requester`,
  ],
  no_lease: [
    (rig) => {
      const a = rig.ask(A, peer(5, `${B}/6`));
      rig.at(90_000);
      return a.takeLines();
    },
    `no datagram for ${A}/5 arrived within 90 s`,
  ],
  lease_timeout: [
    (rig) => {
      rig.datagram(`${A}:1000`, 5);
      const a = rig.ask(A, server(5));
      rig.at(90_000);
      return a.takeLines();
    },
    `nothing renewed the lease of ${A}/5 for 90 s`,
  ],
  host_not_found: [
    (rig) => rig.ask(A, client(5, `${B}/6`)).takeLines(),
    `no host ${B}/6 is connected and registered`,
  ],
  family_mismatch: [
    (rig) => rig.ask(A, client(5, "2001:db8::1/6")).takeLines(),
    `${A} is IPv4 and 2001:db8::1 is IPv6`,
  ],
  replaced: [
    (rig) => {
      const a = rig.ask(A, server(5));
      rig.ask(A, server(5));
      return a.takeLines();
    },
    `a newer session of ${A}/5 took over`,
  ],
  address_mismatch: [
    (rig) => {
      rig.datagram(`${B}:2000`, 5, "T");
      const a = rig.ask(A, server(5, { token: "T" }));
      rig.at(2_000);
      return a.takeLines();
    },
    `datagrams with this Token arrive from ${B}, this connection from ${A}`,
  ],
  cancelled: [
    (rig) => {
      const a = rig.ask(A, peer(5, `${B}/6`));
      a.halfCloses();
      return a.takeLines();
    },
    `the peer closed its side while it waited for ${B}/6`,
  ],
  busy: [
    (rig) => {
      rig.connect(B);
      return rig.connect(A).takeLines();
    },
    "expected at most 1 sessions (max_sessions), this is one more",
  ],
  shutting_down: [
    (rig) => {
      const a = rig.ask(A, server(5));
      rig.manager.shutDown(rig.nowMs);
      return a.takeLines();
    },
    "the server is stopping",
  ],
};

for (const code of ERROR_CODES) {
  Deno.test(`${code} is told once, says why, and is counted`, () => {
    const [script, explanation] = SCRIPTS[code];
    const rig = new Rig(code === "busy" ? { maxSessions: 1 } : {});
    const lines = script(rig);
    assertEquals(lines, [`${rig.nowMs} ${code}: ${explanation}`, `${rig.nowMs} end`]);
    assertEquals(rig.manager.counters.refusals[code], 1);
  });
}
