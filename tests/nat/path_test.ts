/** What a path through NATs carries, how long it holds, and which names lead to it. */

import { assertEquals } from "@std/assert";
import { formatEndpoint } from "../../src/address.ts";
import { type Case, OVERLAPPING, runAll } from "./cases.ts";
import { Lab } from "./lab.ts";
import { type Both, exchange, exchangePatiently, startPeers } from "./meeting.ts";
import { PeerProcess, startServer } from "./peer_process.ts";
import { missingForRelay, missingPrerequisite } from "./prerequisites.ts";
import { buildSite, type Kind } from "./site.ts";
import { delay } from "../support/deadline.ts";

const missing = await missingPrerequisite();
const missingRelay = await missingForRelay();
if (missingRelay !== undefined) console.warn(`NAT path tests are ignored: ${missingRelay}`);

/** Longer than the time between a link's keep-alives, 15 s, and far below RFC 4787's 2 minutes. */
const SHORT_MAPPING_SECONDS = 18;
/** Longer than two such mappings: without keep-alives both holes are closed for good. */
const IDLE_MS = 40_000;
/** As behind some tunnels: below Ethernet's 1,500, and above IPv6's least. */
const NARROW_MTU = 1_400;
const DATAGRAMS = 1_000;
/** So many are on their way at most: no socket's buffer overflows, however slow its reader. */
const WINDOW = 50;

Deno.test("a path through two NATs carries datagrams", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create();
  const server = await startServer(lab);

  const connect = async (
    owned: AsyncDisposableStack,
    label: string,
    udpTimeoutSeconds: number,
  ): Promise<Both<PeerProcess>> => {
    const change = { udpTimeoutSeconds };
    const first = await buildSite(lab, "eim-apdf", `${label}-first`, change);
    const second = await buildSite(lab, "eim-apdf", `${label}-second`, change);
    const peers = await startPeers([first, second], "peer", server, owned);
    await Promise.all(peers.map((peer) => peer.connected()));
    return peers;
  };

  const cases: Case[] = [{
    name: `keep-alives hold it where mappings end after ${SHORT_MAPPING_SECONDS} s`,
    run: async (owned) => {
      const [first, second] = await connect(owned, "idle", SHORT_MAPPING_SECONDS);
      await exchange([first, second]);
      await delay(IDLE_MS);
      await first.send("after a while");
      await second.received.find((line) => line === "after a while", "the line");
      await second.send("an answer");
      await first.received.find((line) => line === "an answer", "the answer");
    },
  }, {
    name: `${DATAGRAMS} datagrams each way without a loss`,
    run: async (owned) => {
      const [first, second] = await connect(owned, "busy", 120);
      await Promise.all([sendMany(first, second), sendMany(second, first)]);
    },
  }];
  await runAll(t, cases);
});

/** Sends numbered lines in windows and compares what arrived. */
async function sendMany(sender: PeerProcess, receiver: PeerProcess): Promise<void> {
  const sent = Array.from({ length: DATAGRAMS }, (_, i) => `${i}`);
  for (let start = 0; start < DATAGRAMS; start += WINDOW) {
    const window = sent.slice(start, start + WINDOW);
    await sender.send(window.join("\n"));
    await receiver.received.find((line) => line === window.at(-1), `line ${window.at(-1)}`);
  }
  assertEquals(receiver.received.things, sent);
}

Deno.test("what fits a path is found where routers drop larger packets without a word", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create();
  const { ipv4, ipv6, port } = await startServer(lab);
  const cases = ([["eim-apdf", 1_341], ["public", 1_321]] as const).map(([kind, bytes]): Case => ({
    name: `${bytes} bytes between ${kind} peers`,
    run: async (owned) => {
      const first = await buildSite(lab, kind, `wide${bytes}`);
      const second = await buildSite(lab, kind, `narrow${bytes}`);
      await lab.internet.narrow(second.outside, NARROW_MTU);
      const isIpv6 = first.outsideIpv6 !== undefined;
      const server = formatEndpoint({ address: isIpv6 ? ipv6 : ipv4, port });
      const names = [first, second].map(({ outside, outsideIpv6 = outside }) => outsideIpv6);
      const [one, other] = [first, second].map(({ host }, side) =>
        owned.use(PeerProcess.start(host, {
          ...{ command: "peer", server, local: side, detail: "told" },
          remote: `${names[1 - side]}/${1 - side}`,
        }))
      );
      await Promise.all(
        [one, other].map((peer) =>
          peer.status.find(
            (line) => line.startsWith(`max_datagram: ${bytes} bytes`),
            `${bytes} bytes`,
          )
        ),
      );
      // Without the newline, which is not sent.
      const [fits, vanishes] = [bytes, bytes + 1].map((length) => "x".repeat(length));
      for (const line of [vanishes, fits]) await one.send(line);
      await other.received.find((line) => line === fits, "the line that fits");
      assertEquals(other.received.things, [fits]);
    },
  }));
  await runAll(t, cases);
});

Deno.test("peers whose NATs no hole leads through meet in another network that they share", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async () => {
  await using lab = await Lab.create();
  await using owned = new AsyncDisposableStack();
  const { ipv4, port } = await startServer(lab);
  const [first, second] = [
    await buildSite(lab, "symmetric", "one"),
    await buildSite(lab, "symmetric", "other"),
  ];
  await first.host.ip(
    `link add vpn type veth peer name vpn netns ${second.host.name}`,
    "addr add 10.8.0.2/24 dev vpn",
    "link set vpn up",
  );
  await second.host.ip("addr add 10.8.0.3/24 dev vpn", "link set vpn up");
  const peers = [first, second].map(({ host }, side) =>
    owned.use(PeerProcess.start(host, {
      ...{ command: "peer", server: `${ipv4}:${port}`, local: side, addresses: "known" },
      remote: `${[second, first][side].outside}/${1 - side}`,
    }))
  );
  assertEquals(await Promise.all(peers.map((peer) => peer.connected())), ["local", "local"]);
  await exchange([peers[0], peers[1]]);
});

Deno.test("peers meet across delay and loss", {
  ignore: missingRelay !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create({ link: { delayMs: 50, lossPercent: 5, seed: 11 } });
  const server = await startServer(lab);
  const pairs: readonly Both<Kind>[] = [
    ["eim-apdf", "eim-apdf"],
    ["cgnat", "eim-apdf"],
    ["symmetric", "eim-adf"],
    ["public", "public"],
    ["ipv6", "ipv6"],
  ];
  const cases = pairs.map(([firstKind, secondKind], index): Case => ({
    name: `${firstKind} and ${secondKind}`,
    run: async (owned) => {
      const first = await buildSite(lab, firstKind, `first${index}`);
      const second = await buildSite(lab, secondKind, `second${index}`);
      const peers = await startPeers([first, second], "peer", server, owned);
      await Promise.all(peers.map((peer) => peer.connected()));
      await exchangePatiently(peers);
    },
  }));
  await runAll(t, cases);
});

Deno.test("one name of a host with both IP versions serves peers that have one of them", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create();
  const { ipv4, ipv6, port } = await startServer(lab);
  const far = await buildSite(lab, "public", "far");
  const names = {
    "rendezvous.test": [ipv6, ipv4],
    "far.test": [far.outsideIpv6!, far.outside],
  };
  await far.host.nameHosts(names);
  const server = `rendezvous.test:${port}`;
  await using host = PeerProcess.start(far.host, { command: "host", server, local: 1 });
  await host.asked();

  const cases = (["eim-apdf", "ipv6", "public"] as const).map((kind, index): Case => ({
    name: kind,
    run: async (owned) => {
      const { host: namespace } = await buildSite(lab, kind, `near${index}`);
      await namespace.nameHosts(names);
      const task = { command: "join", server, local: index, remote: "far.test/1" } as const;
      const peer = owned.use(PeerProcess.start(namespace, task));
      await peer.connected();
      await peer.send(`from ${kind}`);
      await host.received.find((line) => line.endsWith(`from ${kind}`), `a line from ${kind}`);
    },
  }));
  await runAll(t, cases);
});
