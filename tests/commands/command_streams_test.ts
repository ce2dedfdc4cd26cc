import { assert, assertEquals } from "@std/assert";
import { Queue } from "../../src/async/queue.ts";
import {
  CommandStreams,
  type CommandStreamsOptions,
  type FlowStream,
} from "../../src/commands/command_streams.ts";
import { codeOfUse, type ConnectionUse } from "../../src/commands/connection_use.ts";
import { type Connection, PeerError, type PeerStream } from "../../src/peer/mod.ts";
import { until } from "../support/deadline.ts";
import { World } from "../simulated/peer_platform.ts";
import { CommandRun } from "./command_run.ts";

/** One side of a connection of which only the streams are there. */
class StreamsOnly {
  readonly remoteName = "192.0.2.1/1";
  readonly incomingStreams = new Queue<PeerStream>(100);
  restartCount = 0;
  other: StreamsOnly | undefined;

  openStream(): Promise<PeerStream> {
    if (this.other === undefined) {
      return Promise.reject(new PeerError("no_streams", "its version has none"));
    }
    const [there, back] = [1, 2].map(() => new TransformStream<Uint8Array, Uint8Array>());
    this.other.incomingStreams.push({ readable: there.readable, writable: back.writable });
    return Promise.resolve({ readable: back.readable, writable: there.writable });
  }
}

function connected(): [StreamsOnly, StreamsOnly] {
  const [here, there] = [new StreamsOnly(), new StreamsOnly()];
  [here.other, there.other] = [there, here];
  return [here, there];
}

function streamsOf(
  connection: StreamsOnly,
  use: ConnectionUse,
  onFlow?: CommandStreamsOptions["onFlow"],
) {
  const said: string[] = [];
  const options = { use, say: ({ text }: { text: string }) => void said.push(text) };
  const streams = new CommandStreams(
    connection as unknown as Connection,
    onFlow === undefined ? options : { ...options, onFlow },
  );
  return { streams, said };
}

async function openWith(connection: StreamsOnly, ...chunks: number[][]): Promise<PeerStream> {
  const stream = await connection.openStream();
  const writer = stream.writable.getWriter();
  for (const chunk of chunks) writer.write(Uint8Array.from(chunk)).catch(() => {});
  writer.close().catch(() => {});
  return stream;
}

Deno.test("each side is told what the other does, and nothing is said where that is well", async () => {
  const [here, there] = connected();
  const forward = streamsOf(here, "tcp_forward");
  const listen = streamsOf(there, "tcp_listen");
  assertEquals(await forward.streams.remoteUse, "tcp_listen");
  assertEquals(await listen.streams.remoteUse, "tcp_forward");
  assertEquals([forward.said, listen.said], [[], []]);
  assert(forward.streams.isMatch && listen.streams.isMatch);
});

Deno.test("what does not go together is said once on both sides", async () => {
  const [here, there] = connected();
  const forward = streamsOf(here, "udp_forward");
  const listen = streamsOf(there, "tcp_listen");
  await Promise.all([forward.streams.remoteUse, listen.streams.remoteUse]);
  for (let i = 0; i < 3; i++) await openWith(here, [1, codeOfUse("udp_forward")]);
  await until(() => listen.said.length > 0, "a sentence");
  assertEquals([forward, listen].map(({ said, streams }) => [said.length, streams.isMatch]), [
    [1, false],
    [1, false],
  ]);
});

Deno.test("a use of a later version is said as one", async () => {
  const [here, there] = connected();
  const { streams, said } = streamsOf(here, "lines");
  await openWith(there, [1, 200, 1, 2, 3]);
  assertEquals(await streams.remoteUse, "unknown");
  assert(said[0].includes("this version does not know"), said[0]);
});

Deno.test("a remote peer without streams is said where they are needed", async () => {
  const said = ["tcp_listen", "udp_listen"] as const;
  const texts = await Promise.all(said.map(async (use) => {
    const { streams, said } = streamsOf(new StreamsOnly(), use);
    assertEquals(await streams.remoteUse, undefined);
    return said;
  }));
  assert(texts[0][0].includes("without streams, which -listen=tcp:PORT needs"), texts[0][0]);
  assertEquals(texts.map(({ length }) => length), [1, 0]);
});

Deno.test("who was restarted is told again", async () => {
  const [here, there] = connected();
  streamsOf(here, "tcp_forward");
  const { value } = await there.incomingStreams.next();
  assert(value !== undefined);
  here.restartCount = 1;
  await openWith(there, [1, codeOfUse("tcp_listen")]);
  const again = await there.incomingStreams.next();
  const reader = again.value!.readable.getReader();
  assertEquals((await reader.read()).value, Uint8Array.of(1, codeOfUse("tcp_forward")));
});

Deno.test("a flow begins after its first byte, wherever a chunk ends", async () => {
  const [here, there] = connected();
  const flows: FlowStream[] = [];
  streamsOf(here, "tcp_forward", (flow) => flows.push(flow));
  await openWith(there, [2], [7, 8]);
  await openWith(there, [2, 7, 8]);
  await until(() => flows.length === 2, "two flows");
  const bytes = await Promise.all(flows.map(async ({ beginning, readable }) => [
    ...beginning,
    ...(await Array.fromAsync(readable)).flatMap((chunk) => [...chunk]),
  ]));
  assertEquals(bytes, [[7, 8], [7, 8]]);
});

Deno.test("a flow that nobody takes, and what is no stream of a command, are refused", async () => {
  const [here, there] = connected();
  streamsOf(here, "udp_forward");
  for (const chunks of [[[2, 1]], [[9]], [[1]], []]) {
    const { readable } = await openWith(there, ...chunks);
    const failure = await readable.getReader().read().catch((error) => error);
    assertEquals(failure, 3, JSON.stringify(chunks));
  }
});

Deno.test("two commands that do not go together say so on both sides", async () => {
  const world = new World();
  const hosting = new CommandRun(
    "host",
    "-server=server.test -local=1 -forward=192.0.2.1:9000",
    world.publicMachine("192.0.2.1"),
  );
  await world.run(1_000);
  const joined = new CommandRun(
    "join",
    "-server=server.test -local=2 -remote=192.0.2.1/1",
    world.publicMachine("192.0.2.2"),
  );
  await world.run(2_000);
  for (const { status } of [hosting, joined]) {
    const said = status.filter((line) => line.startsWith("nothing can be carried: "));
    assertEquals(said.length, 1, status.join("\n"));
  }
});
