/**
 * Measures this server alone: what it does per second of its own processor time, and what a lease
 * and an idle session take of its memory. The load is the peers' library, on loopback.
 *
 *     deno task bench [-seconds=N]
 *
 * Figures are for comparing two versions on one machine in one run; machines differ.
 *
 * @module
 */

import type { Endpoint } from "../src/address.ts";
import { systemPlatform } from "../src/peer/platform/node_platform.ts";
import { host, introduce } from "../src/peer/mod.ts";
import { encodeRegistration } from "../src/protocol/encode.ts";
import { ChildProcess } from "../tests/support/child_process.ts";
import { ChildServer } from "../tests/support/child_server.ts";
import {
  droppedDatagrams,
  processorSeconds,
  residentBytes,
} from "../tests/support/process_stats.ts";
import { NO_PREFIX_LIMITS } from "../tests/support/settings.ts";
import { benchBytes } from "./bench_bytes.ts";
import { benchDatagram } from "./bench_datagram.ts";
import { readScriptFlags } from "./script_flags.ts";

const FLAGS = {
  seconds: { kind: "int", help: "Duration of each part", initial: 5, min: 1, max: 600 },
} as const;

/** Introductions that are under way at once. */
const CONCURRENCY = 32;
/** Leases and idle sessions are counted between a small and a large number of them. */
const LEASES = { few: 200_000, many: 1_000_000 };
const IDLE_SESSIONS = { few: 1_000, many: 5_000 };
/** Datagrams that are sent before the sender lets the server read. */
const DATAGRAM_BATCH = 64;

const BARE_RECEIVER = new URL("bare_receiver.ts", import.meta.url).href;

const SESSION_BYTES = new URL("session_bytes.ts", import.meta.url).href;

/** Every peer has a number of its own. */
let nextPeerPort = 1;

await main();

async function main(): Promise<void> {
  const { seconds } = readScriptFlags("deno task bench [-seconds=N]", FLAGS);
  const durationMs = seconds * 1000;
  await measure("pairs", (server) => throughput(server, durationMs, pair));
  await measure("clients", (server) => clients(server, durationMs));
  await datagrams(durationMs);
  console.log("steps of a datagram");
  benchDatagram();
  console.log("the costliest bytes, beside plain ones filled up with white space");
  benchBytes();
  await measure("bytes per lease", bytesPerLease);
  await measure("bytes per idle session", bytesPerIdleSession);
  console.log("bytes of a session's own memory, and beside one without a name");
  await new Deno.Command(Deno.execPath(), {
    args: ["run", "--v8-flags=--expose-gc", SESSION_BYTES],
    stdout: "inherit",
  }).output();
}

/** Each part has a server of its own, so that none inherits another's memory. */
async function measure(name: string, part: (server: ChildServer) => Promise<string>) {
  await using server = await ChildServer.start(NO_PREFIX_LIMITS);
  console.log(`${name.padEnd(24)}${await part(server)}`);
}

async function pair(server: ChildServer): Promise<void> {
  const [a, b] = [nextPeerPort++, nextPeerPort++];
  await Promise.all([introduceOne(server, a, b, "connect"), introduceOne(server, b, a, "connect")]);
}

async function clients(server: ChildServer, durationMs: number): Promise<string> {
  const hostPeerPort = nextPeerPort++;
  const ending = new AbortController();
  await host({ server: server.address, localPeerPort: hostPeerPort, signal: ending.signal });
  try {
    return await throughput(
      server,
      durationMs,
      () => introduceOne(server, nextPeerPort++, hostPeerPort, "join"),
    );
  } finally {
    ending.abort();
  }
}

async function introduceOne(
  server: ChildServer,
  localPeerPort: number,
  remotePeerPort: number,
  mode: "join" | "connect",
): Promise<void> {
  const remote = `127.0.0.1/${remotePeerPort}`;
  const { socket } = await introduce({ server: server.address, localPeerPort, remote, mode });
  socket.close();
}

/** Runs `once` over and over, several at a time. */
async function throughput(
  server: ChildServer,
  durationMs: number,
  once: (server: ChildServer) => Promise<void>,
): Promise<string> {
  const cpuBefore = processorSeconds(server.pid);
  const startMs = performance.now();
  let done = 0;
  const worker = async () => {
    for (; performance.now() - startMs < durationMs; done++) await once(server);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return rates(done, startMs, processorSeconds(server.pid) - cpuBefore);
}

/** The server, and beside it the bare loop that no server on this runtime can beat. */
async function datagrams(durationMs: number): Promise<void> {
  let served = 0;
  await measure("datagrams", async (server) => {
    const flood = await floodWith(server.endpoint, server.pid, durationMs);
    served = flood.handled / flood.cpuSeconds;
    return rates(flood.handled, flood.startMs, flood.cpuSeconds);
  });
  await using bare = ChildProcess.start([Deno.execPath(), "run", "--allow-net", BARE_RECEIVER]);
  const port = Number(await bare.output.find(() => true, "the port of the bare receiver"));
  const flood = await floodWith({ address: "127.0.0.1", port }, bare.pid, durationMs);
  const received = flood.handled / flood.cpuSeconds;
  const text = rates(flood.handled, flood.startMs, flood.cpuSeconds);
  console.log(`${"bare receive loop".padEnd(24)}${text}`);
  const ownUs = (1 / served - 1 / received) * 1e6;
  console.log(
    `${"server beside it".padEnd(24)}${(served / received).toFixed(2)} of the bare loop, ` +
      `${ownUs.toFixed(2)} us of its own per datagram`,
  );
}

interface Flood {
  readonly handled: number;
  readonly startMs: number;
  readonly cpuSeconds: number;
}

/** Registrations as fast as this process can send them, to whoever has the port. */
async function floodWith(to: Endpoint, pid: number, durationMs: number): Promise<Flood> {
  const socket = systemPlatform.network.openUdp("IPv4");
  const droppedBefore = droppedDatagrams(to.port);
  const cpuBefore = processorSeconds(pid);
  const startMs = performance.now();
  let sent = 0;
  while (performance.now() - startMs < durationMs) {
    await sendRegistrations(socket, to, sent % LEASES.few, DATAGRAM_BATCH);
    sent += DATAGRAM_BATCH;
  }
  socket.close();
  const handled = sent - (droppedDatagrams(to.port) - droppedBefore);
  return { handled, startMs, cpuSeconds: processorSeconds(pid) - cpuBefore };
}

async function bytesPerLease(server: ChildServer): Promise<string> {
  const socket = systemPlatform.network.openUdp("IPv4");
  const residents: number[] = [];
  for (const [first, last] of [[0, LEASES.few], [LEASES.few, LEASES.many]]) {
    for (let i = first; i < last; i += DATAGRAM_BATCH) {
      await sendRegistrations(socket, server.endpoint, i, Math.min(DATAGRAM_BATCH, last - i));
    }
    residents.push(await settledResident(server));
  }
  socket.close();
  return slope(residents, LEASES.many - LEASES.few);
}

async function bytesPerIdleSession(server: ChildServer): Promise<string> {
  const ending = new AbortController();
  const residents: number[] = [];
  for (const [first, last] of [[0, IDLE_SESSIONS.few], [IDLE_SESSIONS.few, IDLE_SESSIONS.many]]) {
    for (let i = first; i < last; i++) {
      const localPeerPort = nextPeerPort++;
      await host({ server: server.address, localPeerPort, signal: ending.signal });
    }
    residents.push(await settledResident(server));
  }
  ending.abort();
  return slope(residents, IDLE_SESSIONS.many - IDLE_SESSIONS.few);
}

async function sendRegistrations(
  socket: ReturnType<typeof systemPlatform.network.openUdp>,
  to: Endpoint,
  first: number,
  count: number,
): Promise<void> {
  for (let i = first; i < first + count; i++) {
    await socket.send(
      encodeRegistration({ peerPort: BigInt(i), token: undefined }),
      to,
    );
  }
}

/** Resident memory once it has stopped to move by more than 1 MiB. */
async function settledResident(server: ChildServer): Promise<number> {
  let before = 0;
  for (let attempts = 0; attempts < 10; attempts++) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const now = residentBytes(server.pid);
    if (Math.abs(now - before) < 1 << 20) return now;
    before = now;
  }
  return before;
}

function slope([few, many]: number[], difference: number): string {
  return `${Math.round((many - few) / difference)}`;
}

function rates(done: number, startMs: number, cpuSeconds: number): string {
  const perSecond = Math.round(done / ((performance.now() - startMs) / 1000));
  const perCpuSecond = Math.round(done / cpuSeconds);
  return `${perSecond} per s, ${perCpuSecond} per s of the server's processor time`;
}
