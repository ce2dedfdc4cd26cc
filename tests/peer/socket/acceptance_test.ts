import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  MAX_OPEN_QUESTIONS,
  MAX_REFUSALS,
  REFUSAL_KNOCKS,
  REFUSAL_MS,
  VERDICT_TIMEOUT_MS,
} from "../../../src/peer/limits.ts";
import { type Accept, Acceptance, type Verdict } from "../../../src/peer/socket/acceptance.ts";
import type { ConnectOptions } from "../../../src/peer/socket/conversation.ts";
import { failureOf } from "../failures.ts";
import { World } from "../../simulated/peer_platform.ts";
import { introduce, type Placed, publicPeer, registeredPeer } from "./introductions.ts";

interface Scene {
  readonly world: World;
  readonly joiner: Placed;
  readonly host: Placed;
}

async function scene(): Promise<Scene> {
  const world = new World();
  const host = await registeredPeer(world, world.machineBehind(world.nat(), "10.0.0.2"));
  const joiner = await registeredPeer(world, world.machineBehind(world.nat(), "192.168.1.3"));
  return { world, joiner, host };
}

/** What both sides come to when the host is asked. */
function meet({ joiner, host, world }: Scene, accept: Accept, mode: "Client" | "Peer" = "Client") {
  const [forJoiner, forHost] = introduce(joiner.observed, host.observed);
  const acceptance = new Acceptance(accept, world.clock);
  const options: ConnectOptions = { mode: mode === "Peer" ? "Peer" : "Server", acceptance };
  return {
    joining: joiner.socket.connect(forJoiner, "host", { mode }),
    hosting: host.socket.accept(forHost, "joiner", options),
  };
}

/** What a peer sent to another one. */
function sentTo(from: Placed, to: Placed): number {
  const { address } = to.observed;
  return [...from.machine.sockets].flatMap(({ sent }) => sent)
    .filter((packet) => packet.to.address === address).length;
}

Deno.test("an accepted peer is connected, however long that took", async () => {
  const all = await scene();
  const { world, host, joiner } = all;
  const answer = Promise.withResolvers<Verdict>();
  const { joining, hosting } = meet(all, () => answer.promise);
  await world.run(1_500);
  assertEquals(sentTo(host, joiner), 0, "before the answer");
  answer.resolve("accept");
  const [connection] = await world.until(Promise.all([joining, hosting]));
  assertEquals(connection.path.kind, "public");
});

Deno.test("a refused peer is told within a round trip or two, and no path is sought", async () => {
  for (const mode of ["Client", "Peer"] as const) {
    const all = await scene();
    const startMs = all.world.clock.nowMs();
    const { joining, hosting } = meet(all, () => "refuse", mode);
    const own = failureOf(hosting);
    const error = await all.world.until(failureOf(joining));
    assertEquals(error.code, "punch_failed");
    assert(error.message.includes("it does not accept this peer"));
    assert(all.world.clock.nowMs() - startMs < 700, `${all.world.clock.nowMs() - startMs} ms`);
    assertEquals((await all.world.until(own)).code, "cancelled", mode);
    assert(sentTo(all.host, all.joiner) <= 7, `${sentTo(all.host, all.joiner)} packets`);
  }
});

Deno.test("whichever packet of a refusal is lost, the peer is told soon", async () => {
  for (const mode of ["Client", "Peer"] as const) {
    for (const loser of ["joiner", "host"] as const) {
      for (let lost = 0; lost < 5; lost++) {
        const all = await scene();
        const { udp } = all[loser];
        const send = udp.send.bind(udp);
        let count = 0;
        udp.send = (bytes, to) => count++ === lost ? Promise.resolve("taken") : send(bytes, to);
        const startMs = all.world.clock.nowMs();
        const { joining, hosting } = meet(all, () => "refuse", mode);
        hosting.catch(() => {});
        const error = await all.world.until(failureOf(joining));
        const tookMs = all.world.clock.nowMs() - startMs;
        const what = `${mode}: packet ${lost} of the ${loser}: ${tookMs} ms: ${error.message}`;
        assert(error.message.includes("it does not accept this peer"), what);
        assert(tookMs < 1_000, what);
      }
    }
  }
});

Deno.test("a refused peer that never speaks costs a few packets, and is forgotten", async () => {
  const all = await scene();
  const send = all.joiner.udp.send;
  all.joiner.udp.send = () => Promise.resolve("refused");
  const { joining, hosting } = meet(all, () => "refuse");
  joining.catch(() => {});
  const startMs = all.world.clock.nowMs();
  assertEquals((await all.world.until(failureOf(hosting))).code, "cancelled");
  assertEquals(all.world.clock.nowMs() - startMs, REFUSAL_MS);
  assertEquals(sentTo(all.host, all.joiner), REFUSAL_KNOCKS);
  all.joiner.udp.send = send;
  await all.world.run(20_000);
  assertEquals(sentTo(all.host, all.joiner), REFUSAL_KNOCKS, "what comes later is nobody's");
});

Deno.test("to an ignored peer nothing is ever sent", async () => {
  const world = new World();
  const [host, joiner] = [publicPeer(world, "192.0.2.1"), publicPeer(world, "192.0.2.2")];
  host.socket.listen();
  const { joining, hosting } = meet({ world, host, joiner }, () => "ignore");
  const own = failureOf(hosting);
  const error = await world.until(failureOf(joining));
  assert(error.message.includes("nothing arrived from it"), error.message);
  assertEquals((await own).code, "cancelled");
  assertEquals(sentTo(host, joiner), 0);
});

Deno.test("a mistake about one peer refuses that one, and is told", async () => {
  const mistakes: readonly [Accept, string][] = [
    [() => Promise.reject(new RangeError("a mistake")), "a mistake"],
    [() => {
      throw new RangeError("at once");
    }, "at once"],
    [() => true as unknown as Verdict, 'expected "accept", "refuse" or "ignore", received true'],
    [() => new Promise(() => {}), `no answer within ${VERDICT_TIMEOUT_MS / 1000} s`],
  ];
  for (const [accept, words] of mistakes) {
    const all = await scene();
    const { joining, hosting } = meet(all, accept);
    const own = assertRejects(() => hosting, Error, words);
    const error = await all.world.until(failureOf(joining));
    assert(error.message.includes("it does not accept this peer"), error.message);
    await all.world.until(own);
  }
});

Deno.test("so many peers are asked about at a time, and more are refused until one is answered", async () => {
  const world = new World();
  const answer = Promise.withResolvers<Verdict>();
  const acceptance = new Acceptance(() => answer.promise, world.clock);
  const [, introduction] = introduce(
    publicPeer(world, "192.0.2.1").observed,
    publicPeer(world, "192.0.2.2").observed,
  );
  const judge = () => acceptance.judge(introduction, "joiner");
  const judged = Array.from({ length: MAX_OPEN_QUESTIONS }, judge);
  const more = await judge();
  if (more.verdict === "accept") throw new Error("expected a refusal");
  assert(`${more.error}`.includes(`at most ${MAX_OPEN_QUESTIONS} peers`), `${more.error}`);
  answer.resolve("accept");
  const verdicts = (await Promise.all(judged)).map(({ verdict }) => verdict);
  assertEquals(new Set(verdicts), new Set(["accept"]));
  assertEquals((await judge()).verdict, "accept");
});

Deno.test("who is asked about is known by its endpoint, and by what it says of itself", async () => {
  const world = new World();
  const [a, b] = [publicPeer(world, "192.0.2.1"), publicPeer(world, "192.0.2.2")];
  const [, introduction] = introduce(a.observed, b.observed);
  const seen: unknown[] = [];
  const acceptance = new Acceptance((peer) => {
    seen.push(peer);
    return "accept";
  }, world.clock);
  const extension = { ...introduction.extension!, destNote: '{"PeerPort":"-5","Note":"hi"}' };
  await acceptance.judge({ ...introduction, extension }, "joiner");
  await acceptance.judge(introduction, "joiner");
  assertEquals(seen, [
    { endpoint: a.observed, peerPort: -5n, note: "hi" },
    { endpoint: a.observed, peerPort: undefined, note: undefined },
  ]);
});

Deno.test("so many are told at a time that they are refused; for more nothing is sent", async () => {
  const world = new World();
  const host = publicPeer(world, "192.0.2.1");
  const acceptance = new Acceptance(() => "refuse", world.clock);
  const refused = Array.from({ length: MAX_REFUSALS + 10 }, async (_, i) => {
    const observed = { address: `192.1.${i >> 8}.${i & 255}`, port: 7 };
    const [, forHost] = introduce(observed, host.observed);
    return await failureOf(host.socket.accept(forHost, "joiner", { mode: "Server", acceptance }));
  });
  const errors = await world.until(Promise.all(refused));
  assertEquals(new Set(errors.map(({ code }) => code)), new Set(["cancelled", "punch_failed"]));
  const [{ sent }] = host.machine.sockets;
  assertEquals(sent.length, MAX_REFUSALS * REFUSAL_KNOCKS);
  const [forLate] = introduce(host.observed, { address: "192.2.0.1", port: 7 });
  host.socket.accept(forLate, "joiner", { mode: "Server", acceptance }).catch(() => {});
  await world.run(100);
  assertEquals(sent.length, MAX_REFUSALS * REFUSAL_KNOCKS + 1, "there is room again");
});
