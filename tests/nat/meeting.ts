/**
 * Two peers that are to meet: the commands to start, and what they are told.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Family, familyOf, formatEndpoint } from "../../src/address.ts";
import { type Fate, type Mode } from "./expectations.ts";
import { PeerProcess, type PeerTask, type ServerAddress } from "./peer_process.ts";
import type { Site } from "./site.ts";

/** Both sides of a meeting. */
export type Both<T> = readonly [T, T];

let lastPeerPort = 0;

/**
 * Starts both peers. In mode `host` the first hosts and is there before the second joins.
 *
 * @param owned ends the processes with the test
 */
export async function startPeers(
  sites: Both<Site>,
  mode: Mode,
  server: ServerAddress,
  owned: AsyncDisposableStack,
): Promise<Both<PeerProcess>> {
  const [first, second] = tasks(sites, mode, server);
  const firstPeer = owned.use(PeerProcess.start(sites[0].host, first));
  if (mode === "host") await firstPeer.asked();
  return [firstPeer, owned.use(PeerProcess.start(sites[1].host, second))];
}

/** Waits for what both are told, and compares. Those that connect exchange a line both ways. */
export async function assertFates(peers: Both<PeerProcess>, expected: Both<Fate>): Promise<void> {
  const decided = peers.map((peer, side) => decision(peer, expected[side]));
  assertEquals(await Promise.all(decided), [...expected]);
  for (const [side, peer] of peers.entries()) {
    if (expected[side] !== "waiting") continue;
    assertEquals({ isRunning: peer.isRunning, wasConnected: peer.wasConnected }, {
      isRunning: true,
      wasConnected: false,
    });
  }
  if (expected[0] === "connected") await exchange(peers);
}

/** Sends a line each way. */
export async function exchange([first, second]: Both<PeerProcess>): Promise<void> {
  await first.send("from the first");
  await second.received.find((line) => line === "from the first", "the first's line");
  await second.send("from the second");
  await first.received.find((line) => line === "from the second", "the second's line");
}

/** Sends a line each way again and again, until it is heard: for paths that lose datagrams. */
export async function exchangePatiently([first, second]: Both<PeerProcess>): Promise<void> {
  await Promise.all([persuade(first, second), persuade(second, first)]);
}

const REPEAT_MS = 200;
let lastLine = 0;

async function persuade(sender: PeerProcess, receiver: PeerProcess): Promise<void> {
  const line = `line ${++lastLine}`;
  await sender.send(line);
  const timer = setInterval(() => sender.send(line), REPEAT_MS);
  try {
    // A host with several joiners says who it is from.
    const isIt = (each: string) => each === line || each.endsWith(`: ${line}`);
    await receiver.received.find(isIt, `"${line}"`);
  } finally {
    clearInterval(timer);
  }
}

async function decision(peer: PeerProcess, expected: Fate): Promise<Fate> {
  if (expected === "waiting") return expected;
  if (expected !== "connected") return await peer.failed();
  await peer.connected();
  return expected;
}

function tasks(sites: Both<Site>, mode: Mode, server: ServerAddress): Both<PeerTask> {
  const locals = [++lastPeerPort, ++lastPeerPort];
  const addresses = addressesOf(sites);
  const task = (side: 0 | 1, command: PeerTask["command"]): PeerTask => ({
    command,
    server: serverText(familyOf(addresses[side]), server),
    local: locals[side],
    ...(command !== "host" && { remote: `${addresses[1 - side]}/${locals[1 - side]}` }),
  });
  return mode === "peer" ? [task(0, "peer"), task(1, "peer")] : [task(0, "host"), task(1, "join")];
}

/** Public addresses of one family where both have one, else those that they have. */
function addressesOf([first, second]: Both<Site>): Both<string> {
  for (const one of publicAddresses(first)) {
    const other = publicAddresses(second).find((each) => familyOf(each) === familyOf(one));
    if (other !== undefined) return [one, other];
  }
  return [first.outside, second.outside];
}

function publicAddresses({ outside, outsideIpv6 }: Site): string[] {
  return outsideIpv6 === undefined ? [outside] : [outside, outsideIpv6];
}

function serverText(family: Family, { ipv4, ipv6, port }: ServerAddress): string {
  return formatEndpoint({ address: family === "IPv4" ? ipv4 : ipv6, port });
}
