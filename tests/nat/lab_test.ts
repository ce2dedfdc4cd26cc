/**
 * The lab's routers behave as the NATs they are named after, seen by plain UDP sockets. What the
 * grid measures through them is worth no more than this.
 */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { parseEndpoint } from "../../src/address.ts";
import { Agent, type AgentSocket } from "./agent_client.ts";
import { Lab, namespacesOf } from "./lab.ts";
import { ChildProcess } from "../support/child_process.ts";
import { missingForRelay, missingPrerequisite } from "./prerequisites.ts";
import type { RouterBehaviour } from "./router_rules.ts";
import { buildSite, buildSites, type Kind, type Site } from "./site.ts";
import { delay } from "../support/deadline.ts";

const missing = await missingPrerequisite();
if (missing !== undefined) console.warn(`NAT lab tests are ignored: ${missing}`);
const missingRelay = await missingForRelay();
if (missing === undefined && missingRelay !== undefined) {
  console.warn(`NAT lab tests with delay are ignored: ${missingRelay}`);
}

function labTest(name: string, body: () => Promise<void>, reason = missing): void {
  Deno.test(name, { ignore: reason !== undefined }, body);
}

/** A port for observers, so that two of them differ by the address alone. */
const OBSERVER_PORT = 7000;
/** Inside sockets have fixed ports: what a router leaves as it is can be told from chance. */
const INSIDE_PORT = 40_000;

/** A lab with two public observers and the agents on `sites`. */
interface Scene extends AsyncDisposable {
  readonly sites: readonly Site[];
  readonly agents: readonly Agent[];
  /** Sockets of the first observer, on {@linkcode OBSERVER_PORT} and the port after it. */
  readonly east: AgentSocket;
  readonly eastOther: AgentSocket;
  /** A socket of the second observer, on {@linkcode OBSERVER_PORT}. */
  readonly west: AgentSocket;
}

async function makeScene(build: (lab: Lab) => Promise<readonly Site[]>): Promise<Scene> {
  const lab = await Lab.create();
  try {
    const [east, west] = await buildSites(lab, "public", "observer");
    const sites = await build(lab);
    const [eastAgent, westAgent, ...agents] = [east, west, ...sites].map(({ host }) =>
      lab.own(Agent.start(host))
    );
    return {
      sites,
      agents,
      east: await eastAgent.open(east.address, { port: OBSERVER_PORT }),
      eastOther: await eastAgent.open(east.address, { port: OBSERVER_PORT + 1 }),
      west: await westAgent.open(west.address, { port: OBSERVER_PORT }),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

function sceneOf(kind: Kind, change: Partial<RouterBehaviour> = {}): Promise<Scene> {
  return makeScene(async (lab) => [await buildSite(lab, kind, "site", change)]);
}

/** Sends from `inside` to `observer` and returns the port that the observer sees. */
async function outsidePort(inside: AgentSocket, observer: AgentSocket, site: Site) {
  await inside.send("knock", observer.endpoint);
  const { from } = (await observer.until("knock")).at(-1)!;
  const endpoint = parseEndpoint(from)!;
  assertEquals(endpoint.address, site.outside);
  return endpoint.port;
}

/** The texts among `uninvited` senders' that reach `inside` after it sent to `east` alone. */
async function admitted(scene: Scene): Promise<string[]> {
  const { east, eastOther, west, sites: [site], agents: [agent] } = scene;
  const inside = await agent.open(site.address, { port: INSIDE_PORT });
  const port = await outsidePort(inside, east, site);
  const outside = { address: site.outside, port };
  await eastOther.send("other port", outside);
  await west.send("other address", outside);
  await east.send("invited", outside);
  return (await inside.until("invited")).map(({ text }) => text);
}

const MAPPINGS: readonly { kind: Kind; mapping: "one port" | "a port per endpoint" }[] = [
  { kind: "eim-eif", mapping: "one port" },
  { kind: "eim-adf", mapping: "one port" },
  { kind: "eim-apdf", mapping: "one port" },
  { kind: "accepting", mapping: "one port" },
  { kind: "cgnat", mapping: "one port" },
  { kind: "symmetric", mapping: "a port per endpoint" },
];

for (const { kind, mapping } of MAPPINGS) {
  labTest(`a socket behind ${kind} has ${mapping}`, async () => {
    await using scene = await sceneOf(kind);
    const { east, eastOther, west, sites: [site], agents: [agent] } = scene;
    const inside = await agent.open(site.address, { port: INSIDE_PORT });
    const ports = [
      await outsidePort(inside, east, site),
      await outsidePort(inside, eastOther, site),
      await outsidePort(inside, west, site),
    ];
    const again = await outsidePort(inside, east, site);
    assertEquals(again, ports[0], "the mapping of a flow stays");
    if (mapping === "one port") assertEquals(ports, [INSIDE_PORT, INSIDE_PORT, INSIDE_PORT]);
    else assertEquals(new Set(ports).size, 3, `${ports}`);
  });
}

const FILTERINGS: readonly { kind: Kind; admits: readonly string[] }[] = [
  { kind: "public", admits: ["other port", "other address"] },
  { kind: "eim-eif", admits: ["other port", "other address"] },
  { kind: "eim-adf", admits: ["other port"] },
  { kind: "eim-apdf", admits: [] },
  { kind: "accepting", admits: [] },
  { kind: "cgnat", admits: [] },
  { kind: "symmetric", admits: [] },
];

for (const { kind, admits } of FILTERINGS) {
  const whom = admits.length === 0 ? "nobody" : admits.join(" and ");
  labTest(`${kind} admits ${whom} besides the endpoint that was contacted`, async () => {
    await using scene = await sceneOf(kind);
    assertEquals(await admitted(scene), [...admits, "invited"]);
  });
}

for (const kind of ["eim-eif", "eim-adf", "eim-apdf", "cgnat", "symmetric"] as const) {
  labTest(`nobody gets in through ${kind} before a first datagram went out`, async () => {
    await using scene = await sceneOf(kind);
    const { east, sites: [site], agents: [agent] } = scene;
    const inside = await agent.open(site.address, { port: INSIDE_PORT });
    await east.send("too early", { address: site.outside, port: INSIDE_PORT });
    const port = await outsidePort(inside, east, site);
    await east.send("invited", { address: site.outside, port });
    assertEquals((await inside.until("invited")).map(({ text }) => text), ["invited"]);
  });
}

labTest("a router that drops the uninvited keeps the port towards their sender", async () => {
  await using scene = await sceneOf("eim-apdf");
  assertEquals(await portAfterUninvited(scene), INSIDE_PORT);
});

labTest("a router that accepts the uninvited gives another port towards their sender", async () => {
  await using scene = await sceneOf("accepting");
  assertNotEquals(await portAfterUninvited(scene), INSIDE_PORT);
  const { west, sites: [site], agents: [agent] } = scene;
  const inside = await agent.open(site.address);
  assertEquals(await outsidePort(inside, west, site), inside.port, "others are not affected");
});

/** The port that `east` sees after it sent an uninvited datagram to where the port would be. */
async function portAfterUninvited({ east, sites: [site], agents: [agent] }: Scene) {
  const inside = await agent.open(site.address, { port: INSIDE_PORT });
  await east.send("uninvited", { address: site.outside, port: INSIDE_PORT });
  return await outsidePort(inside, east, site);
}

labTest("UDP does not pass where it is blocked, TCP does", async () => {
  await using scene = await makeScene(async (lab) => [
    await buildSite(lab, "udp-blocked", "site"),
    await buildSite(lab, "public", "other"),
  ]);
  const { east, sites: [site, other], agents: [inside, outside] } = scene;
  const listener = await outside.listen(other.address);
  assertEquals(await inside.connect(listener), "connected");
  const blocked = await inside.open(site.address);
  await blocked.send("blocked", east.endpoint);
  const free = await outside.open(other.address);
  await free.send("free", east.endpoint);
  assertEquals((await east.until("free")).map(({ text }) => text), ["free"]);
});

labTest("an IPv6 firewall translates nothing and admits the invited alone", async () => {
  await using lab = await Lab.create();
  const east = await lab.namespace("east");
  const { ipv6 } = await lab.internet.connect(east);
  const site = await buildSite(lab, "ipv6", "site");
  const [agent, observer] = [site.host, east].map((host) => lab.own(Agent.start(host)));
  const inside = await agent.open(site.address, { port: INSIDE_PORT });
  const first = await observer.open(ipv6);
  const second = await observer.open(ipv6);
  assertEquals(await outsidePort(inside, first, site), INSIDE_PORT);
  await second.send("other port", inside.endpoint);
  await first.send("invited", inside.endpoint);
  assertEquals((await inside.until("invited")).map(({ text }) => text), ["invited"]);
});

/** Two hosts behind one router that have told an observer, so that their mappings exist. */
interface Neighbours extends Scene {
  readonly first: AgentSocket;
  readonly second: AgentSocket;
}

async function makeNeighbours(
  kind: "eim-apdf" | "cgnat",
  change: Partial<RouterBehaviour>,
): Promise<Neighbours> {
  const scene = await makeScene((lab) => buildSites(lab, kind, "site", { change }));
  const { east, sites, agents } = scene;
  const first = await agents[0].open(sites[0].address, { port: INSIDE_PORT });
  const second = await agents[1].open(sites[1].address, { port: INSIDE_PORT + 1 });
  await outsidePort(first, east, sites[0]);
  await outsidePort(second, east, sites[1]);
  return { ...scene, first, second };
}

for (const kind of ["eim-apdf", "cgnat"] as const) {
  labTest(`${kind} that hairpins shows neighbours each other's outside endpoints`, async () => {
    await using scene = await makeNeighbours(kind, { hairpin: "hairpin", inside: "isolated" });
    const { first, second, sites: [{ outside: address }] } = scene;
    // Each opens its own way in first: a home router behind the carrier's filters as well.
    await first.send("one", { address, port: INSIDE_PORT + 1 });
    await second.send("two", { address, port: INSIDE_PORT });
    const [arrived] = await first.until("two");
    assertEquals(arrived, { from: `${address}:${INSIDE_PORT + 1}`, text: "two" });
    await first.send("three", { address, port: INSIDE_PORT + 1 });
    const answered = (await second.until("three")).at(-1);
    assertEquals(answered, { from: `${address}:${INSIDE_PORT}`, text: "three" });
  });

  labTest(`${kind} without hairpin does not`, async () => {
    await using scene = await makeNeighbours(kind, { hairpin: "no-hairpin" });
    const { first, second, east, sites: [{ outside: address }] } = scene;
    await first.send("one", { address, port: INSIDE_PORT + 1 });
    await second.send("two", { address, port: INSIDE_PORT });
    await first.send("one", { address, port: INSIDE_PORT + 1 });
    await east.send("end", { address, port: INSIDE_PORT });
    await east.send("end", { address, port: INSIDE_PORT + 1 });
    assertEquals((await first.until("end")).map(({ text }) => text), ["end"]);
    assertEquals((await second.until("end")).map(({ text }) => text), ["end"]);
  });
}

labTest("neighbours reach each other's own address unless they are isolated", async () => {
  for (const inside of ["shared", "isolated"] as const) {
    await using scene = await makeNeighbours("eim-apdf", { inside });
    const { first, second, east, sites: [{ outside: address }] } = scene;
    await first.send("neighbour", second.endpoint);
    await east.send("end", { address, port: INSIDE_PORT + 1 });
    const texts = (await second.until("end")).map(({ text }) => text);
    assertEquals(texts, inside === "shared" ? ["neighbour", "end"] : ["end"]);
  }
});

for (const kind of ["eim-eif", "eim-adf", "eim-apdf"] as const) {
  labTest(`an idle mapping of ${kind} ends after the router's timeout`, async () => {
    await using scene = await sceneOf(kind, { udpTimeoutSeconds: 1 });
    const { east, sites: [site], agents: [agent] } = scene;
    const inside = await agent.open(site.address, { port: INSIDE_PORT });
    const outside = { address: site.outside, port: await outsidePort(inside, east, site) };
    await east.send("at once", outside);
    await inside.until("at once");
    await delay(2_500);
    await east.send("too late", outside);
    await inside.send("knock", east.endpoint);
    await east.until("knock");
    await east.send("invited", outside);
    assertEquals((await inside.until("invited")).map(({ text }) => text), ["invited"]);
  });
}

for (const family of ["ipv4", "ipv6"] as const) {
  labTest(`a relayed internet delays and loses packets of ${family}`, async () => {
    await using lab = await Lab.create({ link: { delayMs: 50, lossPercent: 5, seed: 7 } });
    const [near, far] = [await lab.namespace("near"), await lab.namespace("far")];
    const nearAddress = (await lab.internet.connect(near))[family];
    const farAddress = (await lab.internet.connect(far))[family];
    const [nearAgent, farAgent] = [near, far].map((host) => lab.own(Agent.start(host)));
    const echo = await farAgent.open(farAddress, { answer: "echo" });
    const socket = await nearAgent.open(nearAddress);
    const startMs = performance.now();
    for (let i = 0; i < 1_000; i++) await socket.send(`${i}`, echo.endpoint);
    // The end of the row is repeated, for it may be lost itself.
    for (let i = 0; i < 20; i++) await socket.send("end", echo.endpoint);
    const received = (await socket.until("end")).length - 1;
    assert(performance.now() - startMs >= 100, "two ways of 50 ms");
    // Both ways survive with 0.95 * 0.95, so 902 are expected; seven standard deviations are 66.
    assert(received > 836 && received < 968, `expected about 902 of 1000, received ${received}`);
  }, missingRelay);
}

labTest("an internet without a relay loses nothing", async () => {
  await using lab = await Lab.create();
  const [near, far] = await buildSites(lab, "public", "node");
  const [nearAgent, farAgent] = [near, far].map(({ host }) => lab.own(Agent.start(host)));
  const echo = await farAgent.open(far.address, { answer: "echo" });
  const socket = await nearAgent.open(near.address);
  for (let i = 0; i < 1_000; i++) await socket.send(`${i}`, echo.endpoint);
  await socket.send("end", echo.endpoint);
  assertEquals((await socket.until("end")).length, 1_001);
});

labTest("a lab leaves nothing behind, also when building it failed", async () => {
  const before = await namespacesOf(Deno.pid);
  const lab = await Lab.create();
  await buildSite(lab, "cgnat", "site");
  assertEquals((await namespacesOf(Deno.pid)).length, before.length + 4);
  await lab[Symbol.asyncDispose]();
  assertEquals(await namespacesOf(Deno.pid), before);

  await assertRejects(async () => {
    await using failing = await Lab.create();
    await buildSite(failing, "eim-apdf", "site", { udpTimeoutSeconds: -1 });
  }, Error);
  assertEquals(await namespacesOf(Deno.pid), before);
});

labTest("a lab whose process is killed goes as well", async () => {
  const code = `
    import { Lab } from "${new URL("./lab.ts", import.meta.url).href}";
    const lab = await Lab.create();
    await (await lab.namespace("named")).nameHosts({ "far.test": ["192.0.2.7"] });
    console.log("made");
    setInterval(() => {}, 1_000);
  `;
  await using child = ChildProcess.start([Deno.execPath(), "eval", "--unstable-net", code]);
  await child.output.find((line) => line === "made", "a lab");
  assertEquals((await namespacesOf(child.pid)).length, 2);
  child.signal("SIGKILL");
  await child.ended();
  const deadlineMs = performance.now() + 10_000;
  while ((await namespacesOf(child.pid)).length > 0) assert(performance.now() < deadlineMs);
  const files = [...Deno.readDirSync("/etc/netns")].map(({ name }) => name);
  assertEquals(files.filter((name) => name.includes(`-${child.pid}-`)), []);
});
