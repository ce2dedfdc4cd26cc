/**
 * What a session takes of this process's memory by what it asked for, in bytes, and how many more
 * that are than without a name. Needs `--v8-flags=--expose-gc`; `deno task bench` runs it so.
 *
 * @module
 */

import { LeaseManager } from "../src/rendezvous/lease_manager.ts";
import { Service } from "../src/rendezvous/service.ts";
import { SETTINGS_WITHOUT_LIMITS } from "../tests/support/settings.ts";

/** Just more than a power of two: each index of the roster is at its emptiest, its costliest. */
const SESSIONS = 8_300;
/** Each session is one of a row of these, so that no two are alike. */
const numbered = (i: number, length: number) => `${i}`.padStart(length, "n");

/** The members of a request beside its PeerPort. */
type Members = (i: number) => string;

/** Requests by kind. The first of each list is what the others are compared with. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Members>>>> = {
  "Server": {
    "with a Token": (i) => extended(i, "Server"),
    "without a Token": () => '"ConnectionType":"Server"',
    "of a name of 32": (i) => extended(i, "Server", `"LocalName":"${numbered(i, 32)}"`),
    "of a name of 64": (i) => extended(i, "Server", `"LocalName":"${numbered(i, 64)}"`),
  },
  "Peer": {
    "by address": (i) => extended(i, "Peer", `"RemoteIP":"203.0.113.7","RemotePeerPort":${i}`),
    "by two names of 32": (i) => namedPeer(i, numbered(i, 32), numbered(-i, 32)),
    "by two names of 64": (i) => namedPeer(i, numbered(i, 64), numbered(-i, 64)),
    "alone at a meeting point of 32": (i) => namedPeer(i, numbered(i, 32), numbered(i, 32)),
    "alone at a meeting point of 64": (i) => namedPeer(i, numbered(i, 64), numbered(i, 64)),
    "all at one meeting point of 64": (i) => namedPeer(i, numbered(0, 64), numbered(0, 64)),
  },
  "Client": {
    "by address": (i) => extended(i, "Client", '"RemoteIP":"192.0.2.1","RemotePeerPort":0'),
    "by a name of 32": (i) => extended(i, "Client", `"RemoteName":"${numbered(0, 32)}"`),
  },
};

const encoder = new TextEncoder();

// What is made once, as compiled code, is no session's.
await bytesPerSession(KINDS["Server"]["with a Token"]);
for (const [type, members] of Object.entries(KINDS)) {
  const [[, first]] = Object.entries(members);
  const plain = await bytesPerSession(first);
  for (const [kind, each] of Object.entries(members)) {
    const bytes = await bytesPerSession(each);
    console.log(`${`${type} ${kind}`.padEnd(40)}${bytes} (${signed(bytes - plain)})`);
  }
}

function extended(i: number, connectionType: string, more?: string): string {
  const members = `"Token":"token ${i}","ConnectionType":"${connectionType}"`;
  return more === undefined ? members : `${members},${more}`;
}

function namedPeer(i: number, localName: string, remoteName: string): string {
  return extended(i, "Peer", `"LocalName":"${localName}","RemoteName":"${remoteName}"`);
}

/** Heap that is in use per session of a kind. */
async function bytesPerSession(members: Members): Promise<number> {
  let state = 1;
  const random32 = () => state = Math.imul(state, 0x19660d) + 0x3c6ef35f >>> 0;
  const manager = new LeaseManager(
    { ...SETTINGS_WITHOUT_LIMITS, maxSessions: 2 * SESSIONS },
    { random32, pairKey: () => "" },
  );
  const service = new Service(manager, random32);
  const transport = { address: "192.0.2.1", hasRoom: true, send: () => {}, end: () => {} };
  const ask = (i: number, what: string) => {
    const connection = service.accept(transport, 0);
    connection.read(encoder.encode(`{"LocalPeerPort":${i},${what}}`), 0);
    return connection;
  };
  const host = { address: transport.address, port: 1 };
  service.receive(encoder.encode('{"PeerPort":0,"Token":"token 0"}'), host, 0);
  ask(0, KINDS["Server"]["of a name of 32"](0));
  const before = await heapUsed();
  const kept = [];
  for (let i = 1; i <= SESSIONS; i++) kept.push(ask(i, members(i)));
  const bytes = await heapUsed() - before;
  if (manager.sessionCount !== SESSIONS + 1 || kept.length !== SESSIONS) {
    throw new Error(
      `Cannot measure: expected ${SESSIONS + 1} sessions, received ${manager.sessionCount}`,
    );
  }
  return Math.round(bytes / SESSIONS);
}

/** What nobody holds any more goes when nobody runs either. */
async function heapUsed(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure: run with --v8-flags=--expose-gc");
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  return Deno.memoryUsage().heapUsed;
}

function signed(difference: number): string {
  return difference < 0 ? `${difference}` : `+${difference}`;
}
