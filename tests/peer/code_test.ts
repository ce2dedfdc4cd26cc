/** Peers that meet by a code. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  connect,
  type Connection,
  type ConnectionOptions,
  type Host,
  host,
  join,
  type PeerEvent,
} from "../../src/peer/mod.ts";
import { type Machine, World } from "../simulated/peer_platform.ts";
import { begun, CODE, CODE_NAME, SERVER, untilMet } from "./code_scene.ts";
import { failureOf } from "./failures.ts";

const NOBODY = "nobody hosts this code now: is the other side running, and on the same server?";
const HELLO = new TextEncoder().encode("hello");

function scene() {
  const world = new World();
  const machine = (i: number) => world.publicMachine(`192.0.2.${i}`);
  return { world, a: machine(1), b: machine(2), c: machine(3), d: machine(4) };
}

function having(platform: Machine, more: Partial<ConnectionOptions> = {}) {
  return { server: SERVER, code: CODE, platform, ...more };
}

function next(world: World, hosting: Host): Promise<IteratorResult<Connection, undefined>> {
  return world.until(hosting[Symbol.asyncIterator]().next());
}

/** Sends a datagram each way. */
async function exchange(world: World, one: Connection, other: Connection): Promise<void> {
  for (const [from, to] of [[one, other], [other, one]]) {
    await world.until(from.send(HELLO));
    const { value } = await world.until(to[Symbol.asyncIterator]().next());
    assertEquals(value, HELLO);
  }
}

/** Whether a promise has settled, after what can happen without time has. */
async function isSettled(world: World, promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await world.run(0);
  return settled;
}

Deno.test("a joiner finds the host of its code without address or PeerPort", async () => {
  const { world, a, b } = scene();
  const hosting = await untilMet(world, host(having(a)));
  await world.run(1_000);
  const toHost = await untilMet(world, join(having(b)));
  const { value: toJoiner } = await next(world, hosting);
  await exchange(world, toHost, toJoiner!);
  assertEquals(toHost.remoteName, "the host of this code");
  assertMatch(toJoiner!.remoteName, /^192\.0\.2\.2:\d+$/);
  assertEquals(toHost.fingerprint, toJoiner!.fingerprint);
});

Deno.test("the server hears the name of a code and nothing else of it, and no address", async () => {
  const { world, a, b } = scene();
  await untilMet(world, host(having(a)));
  await world.run(1_000);
  await untilMet(world, join(having(b)));
  const requests = world.server.requests.filter((request) => request.includes(CODE_NAME));
  assertEquals(requests.map((request) => /"(?:Server|Client)"/.exec(request)?.[0]), [
    '"Server"',
    '"Client"',
  ]);
  const heard = world.server.requests.join().replaceAll("-", "");
  for (const unheard of ["RemoteIP", "RemotePeerPort", CODE.replaceAll("-", "")]) {
    assert(!heard.includes(unheard), heard);
  }
});

Deno.test("a code that nobody hosts is said in words that help, or waited for", async () => {
  const { world, a, b } = scene();
  const refused = await untilMet(world, failureOf(join(having(b))));
  assertEquals([refused.code, refused.message], ["host_not_found", NOBODY]);
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const joining = join(having(b, { wait: "on", onEvent }));
  await begun(joining);
  await world.run(20_000);
  const retries = events.filter((event) => event.kind === "retry");
  assert(retries.length > 3);
  for (const { error } of retries) assertEquals(error.message, NOBODY);
  const hosting = await untilMet(world, host(having(a)));
  await exchange(world, await world.until(joining), (await next(world, hosting)).value!);
});

Deno.test("two with one code meet, in one program as well; a third waits for the fourth", async () => {
  for (const machines of ["one machine each", "one machine"] as const) {
    const { world, a, b, c, d } = scene();
    const [ofB, ofC, ofD] = machines === "one machine" ? [a, a, a] : [b, c, d];
    const pair = [connect(having(a)), connect(having(ofB))] as const;
    await begun(...pair);
    const [one, other] = await world.until(Promise.all(pair));
    await exchange(world, one, other);
    assertEquals(one.remoteName, "the peer of this code");
    const third = connect(having(ofC));
    await begun(third);
    await world.run(300_000);
    assert(!await isSettled(world, third), machines);
    const fourth = await untilMet(world, connect(having(ofD)));
    await exchange(world, await world.until(third), fourth);
    await exchange(world, one, other);
  }
});

Deno.test("a text beside the code must be the same on both sides", async () => {
  const { world, a, b } = scene();
  const hosting = await untilMet(world, host(having(a, { secret: "our own words" })));
  await world.run(1_000);
  for (const secret of ["other words", undefined]) {
    const more = secret === undefined ? {} : { secret };
    const refused = await untilMet(world, failureOf(join(having(b, more))));
    assertEquals(refused.code, "punch_failed");
    assertStringIncludes(refused.message, "secret");
  }
  const toHost = await untilMet(world, join(having(b, { secret: "our own words" })));
  await exchange(world, toHost, (await next(world, hosting)).value!);
});

Deno.test("a second host of a code is told that it is taken, and hosts when the first has gone", async () => {
  const { world, a, b, c } = scene();
  const first = await untilMet(world, host(having(a)));
  await world.run(3_000);
  const events: PeerEvent[] = [];
  const second = await untilMet(
    world,
    host(having(b, { onEvent: (event) => void events.push(event) })),
  );
  await world.run(3_000);
  const [retry] = events.filter((event) => event.kind === "retry");
  assertEquals(retry?.error.code, "busy");
  assertStringIncludes(retry.error.message, "another program uses this code");
  await untilMet(world, join(having(c)));
  assert((await next(world, first)).value !== undefined);
  await world.until(first.close());
  await world.run(60_000);
  await untilMet(world, join(having(c)));
  assert((await next(world, second)).value !== undefined);
});

Deno.test("who has the Token of a host takes over its code, from any address", async () => {
  const { world, a, b, c } = scene();
  const first = await untilMet(world, host(having(a, { token: "kept" })));
  await world.run(3_000);
  const second = await untilMet(world, host(having(b, { token: "kept" })));
  const { code, message } = await world.until(failureOf(first[Symbol.asyncIterator]().next()));
  assertEquals([code, message], [
    "replaced",
    "another program with the same Token took over this code",
  ]);
  await untilMet(world, join(having(c)));
  assert((await next(world, second)).value !== undefined);
});

Deno.test("a program that hosts its code again is not kept out by its own lost session", async () => {
  const { world, a, b } = scene();
  const first = await untilMet(world, host(having(a)));
  await world.run(10_000);
  for (const stream of a.streams) stream.vanish();
  await world.until(first.close());
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  const second = await untilMet(world, host(having(a, { onEvent })));
  await world.run(1_000);
  await untilMet(world, join(having(b)));
  assert((await next(world, second)).value !== undefined);
  assertEquals(events.filter(({ kind }) => kind === "retry"), []);
});

Deno.test("a program that meets by its code again does not meet its own lost session", async () => {
  const { world, a, b } = scene();
  const ended = new AbortController();
  const lost = connect(having(a, { signal: ended.signal }));
  await begun(lost);
  await world.run(1_000);
  for (const stream of a.streams) stream.vanish();
  ended.abort(new Error("given up"));
  const again = connect(having(a));
  await begun(again);
  await world.run(30_000);
  assert(!await isSettled(world, again));
  const other = await untilMet(world, connect(having(b)));
  await exchange(world, await world.until(again), other);
});

Deno.test("a host by a code is joined by its PeerPort as well", async () => {
  const { world, a, b } = scene();
  const hosting = await untilMet(world, host(having(a)));
  await world.run(1_000);
  const [remote] = await world.until(hosting.names());
  assertEquals(remote, `192.0.2.1/${hosting.localPeerPort}`);
  // Whoever knows no code has another secret.
  const { message } = await world.until(failureOf(join({ server: SERVER, remote, platform: b })));
  assertStringIncludes(message, "secret");
});

Deno.test("neither a code nor what is made of it shows in what a program can print", async () => {
  const { world, a, b, c } = scene();
  const printed: unknown[] = [];
  const onEvent = (event: PeerEvent) => void printed.push(event);
  const hosting = await untilMet(world, host(having(a, { onEvent })));
  await world.run(1_000);
  const toHost = await untilMet(world, join(having(b, { onEvent })));
  const { value: toJoiner } = await next(world, hosting);
  const ended = new AbortController();
  const second = await untilMet(world, host(having(c, { onEvent, signal: ended.signal })));
  await world.run(10_000);
  printed.push(hosting, toHost, toJoiner, second);
  await world.until(hosting.close());
  ended.abort();
  await world.run(100_000);
  printed.push(await untilMet(world, failureOf(join(having(b)))));
  const texts = printed.map((thing) => Deno.inspect(thing, { depth: 50, showHidden: true }));
  texts.push(JSON.stringify(printed, (_, value) => typeof value === "bigint" ? `${value}` : value));
  const shown = texts.join("\n");
  // Of the secret its first byte and the next ones, as an array shows them.
  for (const hidden of [CODE, CODE.replaceAll("-", ""), CODE_NAME, "60, 211, 196", "3cd3c4"]) {
    assert(!shown.includes(hidden), hidden);
  }
});

Deno.test("a host whose machine was reset has its code again within seconds", async () => {
  const { world, a, b } = scene();
  await untilMet(world, host(having(a)));
  await world.run(10_000);
  for (const stream of a.streams) stream.forget();
  for (const socket of [...a.sockets]) socket.close();
  const again = await untilMet(world, host(having(a)));
  await world.run(5_000);
  await untilMet(world, join(having(b)));
  assert((await next(world, again)).value !== undefined);
});

Deno.test("a host with a code finds one of another name at its PeerPort in its way, and says so", async () => {
  const { world, a } = scene();
  const machine = { server: SERVER, localPeerPort: 1, platform: a };
  await world.until(host(machine));
  await world.run(3_000);
  const events: PeerEvent[] = [];
  const onEvent = (event: PeerEvent) => void events.push(event);
  await untilMet(world, host({ ...machine, code: CODE, onEvent }));
  await world.run(3_000);
  const [retry] = events.filter((event) => event.kind === "retry");
  assertStringIncludes(retry?.error.message ?? "", "another program uses this code or PeerPort");
});
