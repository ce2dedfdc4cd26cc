/**
 * Real peers behind every pair of NATs, through a real server: who meets whom, and what the others
 * are told.
 */

import { assertEquals } from "@std/assert";
import { type Case, OVERLAPPING, runAll } from "./cases.ts";
import { fates, type Mode, pairs, verdict } from "./expectations.ts";
import { Lab } from "./lab.ts";
import { assertFates, type Both, exchange, exchangePatiently, startPeers } from "./meeting.ts";
import { missingForRelay } from "./prerequisites.ts";
import { type PeerProcess, startServer } from "./peer_process.ts";
import type { RouterBehaviour } from "./router_rules.ts";
import { buildSite, buildSites, type Kind, KINDS, type Site } from "./site.ts";

const missing = await missingForRelay();
if (missing !== undefined) console.warn(`NAT grid tests are ignored: ${missing}`);

/** Who cannot register is told after this time, where that is what comes out. */
const SHORT_LEASE_SECONDS = 3;
/** What the server tells peers behind the left accepting router comes this late: see there. */
const LATE_MS = 300;

type Sites = Readonly<Record<Kind, Site>>;

async function buildAllSites(lab: Lab, label: string): Promise<Sites> {
  const sites = await Promise.all(
    KINDS.map(async (kind) => [kind, await buildSite(lab, kind, `${label}-${kind}`)] as const),
  );
  return Object.fromEntries(sites) as Record<Kind, Site>;
}

Deno.test("every pair of places comes out as the table says", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  const link = { delayMs: LATE_MS, lossPercent: 0, seed: 1 };
  await using lab = await Lab.create({ link, relayed: "chosen" });
  const server = await startServer(lab);
  const shortLeaseServer = await startServer(lab, SHORT_LEASE_SECONDS);
  const left = await buildAllSites(lab, "left");
  const right = await buildAllSites(lab, "right");
  // An accepting router does harm when the other side's datagram is there before the own one goes
  // out. Without delay that is a race; a peer that hears from the server late always loses it. So
  // an accepting side is always the left one.
  await lab.internet.relayTcpTo(left.accepting.outside);

  const cases = pairs().flatMap(([first, second]): Case[] => {
    const sites = second === "accepting"
      ? [right[first], left[second]] as const
      : [left[first], right[second]] as const;
    const theirServer = verdict(first, second) === "no_lease" ? shortLeaseServer : server;
    return modes(first, second).map(({ mode, hosts }): Case => {
      const swapped = hosts === "second";
      const kinds = swapped ? [second, first] as const : [first, second] as const;
      return {
        name: mode === "peer" ? `${first} and ${second}` : `${kinds[0]} hosts ${kinds[1]}`,
        run: async (owned) => {
          const places = swapped ? [sites[1], sites[0]] as const : sites;
          const peers = await startPeers(places, mode, theirServer, owned);
          await assertFates(peers, fates(...kinds, mode));
        },
      };
    });
  });
  await runAll(t, cases);
});

/** The ways in which two kinds can ask for each other. */
function modes(first: Kind, second: Kind): { mode: Mode; hosts?: "first" | "second" }[] {
  const all: { mode: Mode; hosts?: "first" | "second" }[] = [
    { mode: "peer" },
    { mode: "host", hosts: "first" },
  ];
  return first === second ? all : [...all, { mode: "host", hosts: "second" }];
}

/** Two peers behind one router, and the path on which they meet. */
interface Neighbourhood {
  readonly name: string;
  readonly kind: Kind;
  readonly change: Partial<RouterBehaviour>;
  readonly path: "local" | "public" | "none";
}

const NEIGHBOURHOODS: readonly Neighbourhood[] = [
  {
    name: "one home",
    kind: "eim-apdf",
    change: { hairpin: "no-hairpin" },
    path: "local",
  },
  {
    name: "one home that hairpins",
    kind: "eim-apdf",
    change: { hairpin: "hairpin" },
    path: "local",
  },
  {
    name: "one home behind a symmetric NAT",
    kind: "symmetric",
    change: {},
    path: "local",
  },
  {
    name: "one network that isolates its hosts and hairpins",
    kind: "eim-apdf",
    change: { inside: "isolated", hairpin: "hairpin" },
    path: "public",
  },
  {
    name: "one network that isolates its hosts and does not hairpin",
    kind: "eim-apdf",
    change: { inside: "isolated", hairpin: "no-hairpin" },
    path: "none",
  },
  {
    name: "two homes behind a carrier that hairpins",
    kind: "cgnat",
    change: { hairpin: "hairpin" },
    path: "public",
  },
  {
    name: "two homes behind a carrier that does not hairpin",
    kind: "cgnat",
    change: { hairpin: "no-hairpin" },
    path: "none",
  },
];

Deno.test("neighbours meet inside, or where their router leads back", {
  ignore: missing !== undefined,
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create();
  const server = await startServer(lab);
  const all = NEIGHBOURHOODS.flatMap((neighbourhood) =>
    (["peer", "host"] as const).map((mode) => ({ ...neighbourhood, mode }))
  );
  const cases = await Promise.all(
    all.map(async ({ name, kind, change, path, mode }, index): Promise<Case> => {
      const [first, second] = await buildSites(lab, kind, `place${index}`, { change });
      return {
        name: `${name}, mode ${mode}`,
        run: async (owned) => {
          const peers = await startPeers([first, second], mode, server, owned);
          if (path !== "none") return await assertPath(peers, path, first);
          await assertFates(peers, [mode === "host" ? "waiting" : "punch_failed", "punch_failed"]);
        },
      };
    }),
  );
  await runAll(t, cases);
});

async function assertPath(peers: Both<PeerProcess>, path: "local" | "public", { router }: Site) {
  const paths = await Promise.all(peers.map((peer) => peer.connected()));
  await exchange(peers);
  if (path === "public") return assertEquals(paths, ["public", "public"]);
  // Either side may have begun with the router's detour. What goes on without the router has found
  // the way inside.
  await router?.stopForwarding();
  await exchangePatiently(peers);
}
