import { assert, assertEquals, assertMatch } from "@std/assert";
import { CommandStreams } from "../../../src/commands/command_streams.ts";
import { host, join } from "../../../src/peer/mod.ts";
import { type Machine, World } from "../../simulated/peer_platform.ts";
import { Prng } from "../../simulated/prng.ts";
import { sha256 } from "../../support/bytes.ts";
import { type CommandName, CommandRun, type CommandStreamOptions } from "../command_run.ts";

const PIPES: CommandStreamOptions = { piped: "input and output" };
/** How long peers take to meet here. */
const MEETING_MS = 1_000;

function seededBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const prng = new Prng(seed);
  return Uint8Array.from({ length }, () => prng.next32());
}

/** What reads a command's standard output. */
class Reader {
  readonly #chunks: Uint8Array[] = [];
  #stopped: PromiseWithResolvers<void> | undefined;

  readonly sink = async (bytes: Uint8Array): Promise<void> => {
    await this.#stopped?.promise;
    this.#chunks.push(bytes.slice());
  };

  stop(): void {
    this.#stopped = Promise.withResolvers();
  }

  goOn(): void {
    this.#stopped?.resolve();
    this.#stopped = undefined;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#chunks.flatMap((chunk) => [...chunk]));
  }
}

interface Side {
  readonly run: CommandRun;
  readonly output: Reader;
}

/** Two commands that meet, or are about to. */
class Scene {
  readonly world = new World();
  readonly machines: readonly Machine[];

  constructor() {
    this.machines = [1, 2, 3].map((number) => this.world.publicMachine(`192.0.2.${number}`));
  }

  start(name: CommandName, flags: string, options: CommandStreamOptions = PIPES): Side {
    const number = name === "host" ? 1 : 2;
    return this.startOn(number, name, flags, options);
  }

  startOn(number: number, name: CommandName, flags: string, options = PIPES): Side {
    const output = new Reader();
    const who = name === "host" ? "-local=1" : `-local=${number} -remote=192.0.2.1/1`;
    const line = `-server=server.test ${who} ${flags}`;
    const machine = this.machines[number - 1];
    return {
      run: new CommandRun(name, line, machine, { sink: output.sink, ...options }),
      output,
    };
  }

  /** A host and its joiner, connected; what the host has on standard input is there already. */
  async meet(
    { hostInput, hostFlags = "", joinFlags = "", hostStreams, joinStreams }: {
      readonly hostInput?: Uint8Array;
      readonly hostFlags?: string;
      readonly joinFlags?: string;
      readonly hostStreams?: CommandStreamOptions;
      readonly joinStreams?: CommandStreamOptions;
    } = {},
  ): Promise<[hosting: Side, joined: Side]> {
    const hosting = this.start("host", hostFlags, hostStreams);
    if (hostInput !== undefined) give(hosting, hostInput);
    await this.world.run(MEETING_MS);
    const joined = this.start("join", joinFlags, joinStreams);
    await this.world.run(MEETING_MS / 4);
    return [hosting, joined];
  }

  /** The exit codes of commands that end by themselves. */
  async exits(...sides: readonly Side[]): Promise<number[]> {
    return await this.world.until(Promise.all(sides.map(({ run }) => run.exit)));
  }
}

/** Has all of standard input there, and its end. */
function give({ run }: Side, bytes: Uint8Array): void {
  const chunkBytes = 10_000;
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    run.write(bytes.subarray(at, at + chunkBytes));
  }
  run.endInput();
}

function saying({ run }: Side, beginning: string): string[] {
  return run.status.filter((line) => line.startsWith(beginning));
}

Deno.test("a file goes whole to who joins, and both sides say what it was", async () => {
  const scene = new Scene();
  const file = seededBytes(200_001, 1);
  const [hosting, joined] = await scene.meet({
    hostInput: file,
    hostFlags: "-v",
    joinFlags: "-v",
    hostStreams: { piped: "input", inputBytes: file.length },
    joinStreams: { piped: "output" },
  });
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, file);
  assertEquals(hosting.output.bytes, new Uint8Array());
  assert(joined.run.isOutputClosed && !hosting.run.isOutputClosed);
  assertMatch(saying(hosting, "sent")[0], /^sent 200 kB in \d+\.\d s, [\d.]+ [kM]B\/s$/);
  assertMatch(saying(joined, "received")[0], /^received 200 kB in /);
  const hash = await sha256(file);
  assertEquals(saying(hosting, "SHA-256"), [`SHA-256 of what was sent: ${hash}`]);
  assertEquals(saying(joined, "SHA-256"), [`SHA-256 of what was received: ${hash}`]);
});

Deno.test("both ways at once, each byte as it is", async () => {
  const scene = new Scene();
  const [there, back] = [seededBytes(100_000, 2), seededBytes(70_000, 3)];
  const [hosting, joined] = await scene.meet({ hostInput: there });
  give(joined, back);
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals([joined.output.bytes, hosting.output.bytes], [there, back]);
});

Deno.test("two equals are a pipe as well", async () => {
  const scene = new Scene();
  const start = (number: number, other: number) => {
    const output = new Reader();
    const line = `-server=server.test -local=${number} -remote=192.0.2.${other}/${other}`;
    const machine = scene.machines[number - 1];
    const run = new CommandRun("peer", line, machine, { ...PIPES, sink: output.sink });
    return { run, output };
  };
  const sides = [start(1, 2), start(2, 1)] as const;
  const bytes = sides.map((side, i) => {
    const bytes = seededBytes(30_000, 4 + i);
    give(side, bytes);
    return bytes;
  });
  assertEquals(await scene.exits(...sides), [0, 0]);
  assertEquals([sides[1].output.bytes, sides[0].output.bytes], bytes);
});

Deno.test("what is empty arrives as such", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({ hostInput: new Uint8Array(), hostFlags: "-v" });
  joined.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, new Uint8Array());
  assertMatch(saying(hosting, "sent")[0], /^sent 0 bytes in \S+ s, 0 bytes\/s$/);
  assertEquals(saying(joined, "sent"), []);
});

Deno.test("who has given nothing waits for a sender that begins late", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet();
  joined.run.endInput();
  await scene.world.run(60_000);
  give(hosting, Uint8Array.of(1, 2, 3));
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, Uint8Array.of(1, 2, 3));
});

Deno.test("who has given something waits for an answer that begins within -linger, and for all of it", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({ joinFlags: "-linger=5" });
  give(joined, Uint8Array.of(1));
  await scene.world.run(4_000);
  assert(hosting.run.isOutputClosed);
  hosting.run.write(Uint8Array.of(2));
  await scene.world.run(60_000);
  hosting.run.write(Uint8Array.of(3));
  hosting.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, Uint8Array.of(2, 3));
});

Deno.test("an input that never gives anything holds nobody up", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({
    hostInput: Uint8Array.of(1),
    hostFlags: "-linger=5",
  });
  const startMs = scene.world.clock.nowMs();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  const tookMs = scene.world.clock.nowMs() - startMs;
  assert(tookMs > 4_500 && tookMs < 6_000, `${tookMs} ms`);
});

Deno.test("who has given nothing receives all, whatever -linger says", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({ joinFlags: "-linger=0" });
  joined.run.endInput();
  await scene.world.run(MEETING_MS);
  const file = seededBytes(50_000, 10);
  give(hosting, file);
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, file);
});

Deno.test("what is said of a transfer that is over is what went, whatever it was to be", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({
    hostInput: seededBytes(90, 12),
    hostStreams: { ...PIPES, inputBytes: 100 },
  });
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertMatch(saying(hosting, "sent")[0], /^sent 90 bytes in /);
  assertMatch(saying(joined, "received")[0], /^received 90 bytes in /);
});

Deno.test("datagrams do not get into a stream", async () => {
  const scene = new Scene();
  const library = await scene.world.until(
    host({ server: "server.test", localPeerPort: 1, platform: scene.machines[0] }),
  );
  await scene.world.run(MEETING_MS);
  const joined = scene.start("join", "");
  joined.run.endInput();
  const { value: connection } = await scene.world.until(library[Symbol.asyncIterator]().next());
  const lines = new CommandStreams(connection!, { use: "source", say: () => {} });
  const stream = await scene.world.until(lines.open());
  const writer = stream.writable.getWriter();
  await connection!.send(new TextEncoder().encode("not of it"));
  const unknownCount = new Uint8Array(8).fill(255);
  writer.write(unknownCount).catch(() => {});
  writer.write(Uint8Array.of(1, 2, 3)).catch(() => {});
  writer.close().catch(() => {});
  await scene.world.run(MEETING_MS);
  await scene.world.until(library.close());
  assertEquals(await scene.exits(joined), [0]);
  assertEquals(joined.output.bytes, Uint8Array.of(1, 2, 3));
  assertEquals(saying(joined, "dropped 1 datagram").length, 1);
});

Deno.test("who only receives is not told how lines would go", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({
    hostInput: seededBytes(1_000, 11),
    hostStreams: { piped: "input" },
  });
  joined.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(saying(joined, "lines: "), []);
});

Deno.test("with -linger=0 no answer is waited for, not even the rest of one", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({ joinFlags: "-linger=0" });
  hosting.run.write(Uint8Array.of(1));
  await scene.world.run(MEETING_MS);
  give(joined, Uint8Array.of(2));
  assertEquals(await scene.exits(hosting, joined), [1, 0]);
  assertMatch(hosting.run.status.at(-1)!, /^cut off: .* before all had arrived; sent 1 byte$/);
});

Deno.test("whoever waits for an answer when the other side leaves has sent all", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({
    hostInput: Uint8Array.of(1),
    hostFlags: "-linger=60",
  });
  await scene.world.run(MEETING_MS);
  joined.run.interrupt();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
});

Deno.test("who has something to send and is left before it could begin has failed", async () => {
  for (
    const [input, code] of [[Uint8Array.of(1), 1], [new Uint8Array(), 0], [undefined, 0]] as const
  ) {
    const scene = new Scene();
    const library = await scene.world.until(
      host({ server: "server.test", localPeerPort: 1, platform: scene.machines[0] }),
    );
    await scene.world.run(MEETING_MS);
    const joined = scene.start("join", "");
    if (input !== undefined) give(joined, input);
    const { value: connection } = await scene.world.until(library[Symbol.asyncIterator]().next());
    await scene.world.run(MEETING_MS);
    await scene.world.until(connection!.close());
    assertEquals(await scene.exits(joined), [code]);
    assertEquals(
      saying(joined, "cut off"),
      code === 0 ? [] : ["cut off: 192.0.2.1/1 closed the connection before anything was sent"],
    );
    await scene.world.until(library.close());
  }
});

Deno.test("the stream of a host is for one joiner, and others are told so", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet();
  joined.run.write(Uint8Array.of(1));
  await scene.world.run(MEETING_MS);
  const late = scene.startOn(3, "join", "");
  assertEquals(await scene.exits(late), [1]);
  const reason = "another joiner has the stream of this host";
  assertEquals(
    late.run.status.at(-1),
    `192.0.2.1/1 closed the connection, and said: ${reason}`,
  );
  assertMatch(
    saying(hosting, "turned away")[0],
    RegExp(`^turned away 192\\.0\\.2\\.3:\\d+: ${reason}$`),
  );
  joined.run.endInput();
  hosting.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(hosting.output.bytes, Uint8Array.of(1));
});

Deno.test("a host whose joiner left before anything went has it for the next one", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet();
  joined.run.interrupt();
  assertEquals(await scene.exits(joined), [0]);
  const next = scene.startOn(3, "join", "");
  await scene.world.run(MEETING_MS);
  give(hosting, Uint8Array.of(7));
  next.run.endInput();
  assertEquals(await scene.exits(hosting, next), [0, 0]);
  assertEquals(next.output.bytes, Uint8Array.of(7));
});

Deno.test("to a terminal, and with -datagrams on either side, lines go as datagrams", async () => {
  const cases = [
    { joinStreams: {}, why: "takes no stream, as a terminal does not" },
    { joinFlags: "-datagrams", why: "was started with -datagrams" },
    { hostFlags: "-datagrams", why: undefined },
  ];
  for (const { why, ...options } of cases) {
    const scene = new Scene();
    const [hosting, joined] = await scene.meet(options);
    hosting.run.write(new TextEncoder().encode("one\r\ntwo\n"));
    await scene.world.run(MEETING_MS);
    assertEquals(new TextDecoder().decode(joined.output.bytes), "one\r\ntwo\n");
    const expected = why === undefined ? undefined : new RegExp(
      `^lines: 192\\.0\\.2\\.2:\\d+ ${why}, so each line is a datagram, and may be lost$`,
    );
    if (expected === undefined) assertEquals(saying(hosting, "lines"), []);
    else assertMatch(saying(hosting, "lines")[0], expected);
    for (const { run } of [hosting, joined]) run.interrupt();
    assertEquals(await scene.exits(hosting, joined), [0, 0]);
  }
});

Deno.test("a host that exchanges lines has none but lines for who could take a stream", async () => {
  const scene = new Scene();
  const [hosting, typing] = await scene.meet({ joinStreams: {} });
  const late = scene.startOn(3, "join", "");
  await scene.world.run(MEETING_MS);
  hosting.run.type("to all\n");
  await scene.world.run(MEETING_MS);
  for (const { output } of [typing, late]) {
    assertEquals(new TextDecoder().decode(output.bytes), "to all\n");
  }
  for (const { run } of [hosting, typing, late]) run.interrupt();
  await scene.exits(hosting, typing, late);
});

Deno.test("with who does not say that it knows streams there is none, and it is said on both sides", async () => {
  const scene = new Scene();
  const [hostMachine] = scene.machines;
  const library = await scene.world.until(
    host({ server: "server.test", localPeerPort: 1, platform: hostMachine }),
  );
  await scene.world.run(MEETING_MS);
  const joined = scene.start("join", "");
  give(joined, Uint8Array.of(1));
  const { value: connection } = await scene.world.until(library[Symbol.asyncIterator]().next());
  assertEquals(await scene.exits(joined), [1]);
  assertEquals(
    joined.run.status.at(-1),
    "no stream: 192.0.2.1/1 does not say that it takes or gives one: an older version, another " +
      "program, or other flags; give both sides the same version, or both -datagrams",
  );
  assertEquals(await scene.world.until(connection!.ended), "closed_by_remote");
  assertMatch(connection!.closeReason!, /^this pipe is a stream, /);
  await scene.world.until(library.close());
});

Deno.test("a host that gives a stream goes on after who knows none", async () => {
  const scene = new Scene();
  const file = seededBytes(1_000, 9);
  const hosting = scene.start("host", "");
  give(hosting, file);
  await scene.world.run(MEETING_MS);
  const strange = await scene.world.until(join({
    server: "server.test",
    localPeerPort: 3,
    remote: "192.0.2.1/1",
    platform: scene.machines[2],
  }));
  assertEquals(await scene.world.until(strange.ended), "closed_by_remote");
  assertMatch(saying(hosting, "no stream")[0], /^no stream: 192\.0\.2\.3:/);
  const joined = scene.start("join", "");
  joined.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(joined.output.bytes, file);
});

/** A transfer that is held up in its middle, since nobody reads. */
async function heldUp(more: Parameters<Scene["meet"]>[0] = {}) {
  const scene = new Scene();
  const hosting = scene.start("host", "", { ...PIPES, inputBytes: 8_000_000 });
  for (let i = 0; i < 400; i++) hosting.run.write(new Uint8Array(20_000));
  await scene.world.run(MEETING_MS);
  const joined = scene.start("join", more.joinFlags ?? "", more.joinStreams);
  joined.output.stop();
  await scene.world.run(5_000);
  return { scene, hosting, joined };
}

const STOPPED = /^stopped before all was known to have arrived: (sent|received) .* of 8\.00 MB$/;

Deno.test("a transfer that is interrupted has failed, and is cut off for the other side", async () => {
  for (const stopped of ["hosting", "joined"] as const) {
    const { scene, ...sides } = await heldUp();
    const other = sides[stopped === "hosting" ? "joined" : "hosting"];
    sides[stopped].run.interrupt();
    assertEquals(await scene.exits(sides[stopped]), [1]);
    assertMatch(sides[stopped].run.status.at(-1)!, STOPPED);
    sides.joined.output.goOn();
    assertEquals(await scene.exits(other), [1]);
    assertMatch(
      other.run.status.at(-1)!,
      /^cut off: \S+ closed the connection before all had arrived; \w+ .* of 8\.00 MB$/,
    );
  }
});

Deno.test("a transfer that is interrupted has failed, also where the other side is gone", async () => {
  for (const stopped of ["hosting", "joined"] as const) {
    const { scene, ...sides } = await heldUp();
    scene.world.internet.cut(stopped === "hosting" ? "192.0.2.2" : "192.0.2.1");
    sides[stopped].run.interrupt();
    assertEquals(await scene.exits(sides[stopped]), [1]);
    assertMatch(sides[stopped].run.status.at(-1)!, STOPPED);
  }
});

Deno.test("who is interrupted with no transfer under way has not failed", async () => {
  const scene = new Scene();
  const waiting = scene.start("host", "");
  give(waiting, seededBytes(1_000, 8));
  await scene.world.run(MEETING_MS);
  waiting.run.interrupt();
  assertEquals(await scene.exits(waiting), [0]);
  const [hosting, joined] = await scene.meet();
  joined.run.interrupt();
  assertEquals(await scene.exits(joined), [0]);
  hosting.run.interrupt();
  assertEquals(await scene.exits(hosting), [0]);
});

Deno.test("who is interrupted before anybody has the file has failed", async () => {
  const scene = new Scene();
  const file = { ...PIPES, inputBytes: 1_000 };
  const sides = [scene.start("host", "", file), scene.start("join", "-wait=on", file)];
  for (const side of sides) give(side, seededBytes(1_000, 8));
  sides.forEach(({ run }) => run.interrupt());
  assertEquals(await scene.exits(...sides), [1, 1]);
  for (const { run } of sides) {
    assertEquals(
      run.status.at(-1),
      "stopped before all was known to have arrived: sent 0 bytes of 1.00 kB",
    );
  }
});

Deno.test("who forwards sends nothing of its input, whatever that is", async () => {
  const scene = new Scene();
  const hosting = scene.start("host", "-forward=127.0.0.1:9", { ...PIPES, inputBytes: 1_000 });
  await scene.world.run(MEETING_MS);
  hosting.run.interrupt();
  assertEquals(await scene.exits(hosting), [0]);
});

Deno.test("an interrupt before the other side confirms is a failure, unless there was nothing to send", async () => {
  for (const bytes of [1, 0]) {
    const scene = new Scene();
    const library = await scene.world.until(
      host({ server: "server.test", localPeerPort: 1, platform: scene.machines[0] }),
    );
    await scene.world.run(MEETING_MS);
    const joined = scene.start("join", "");
    give(joined, new Uint8Array(bytes));
    const { value: connection } = await scene.world.until(library[Symbol.asyncIterator]().next());
    new CommandStreams(connection!, { use: "sink", say: () => {}, onFlow: () => {} });
    await scene.world.run(MEETING_MS);
    joined.run.interrupt();
    assertEquals(await scene.exits(joined), [bytes]);
    assertEquals(saying(joined, "stopped").length, bytes);
    await scene.world.until(library.close());
  }
});

Deno.test("whoever has sent all and waits for an answer may be interrupted", async () => {
  const scene = new Scene();
  const hosting = scene.start("host", "-linger=60");
  give(hosting, seededBytes(1_000, 9));
  await scene.world.run(MEETING_MS);
  const joined = scene.start("join", "");
  await scene.world.run(5_000);
  hosting.run.interrupt();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
});

Deno.test("a transfer whose other side is gone is cut off", async () => {
  const { scene, hosting } = await heldUp();
  scene.world.internet.cut("192.0.2.2");
  assertEquals(await scene.exits(hosting), [1]);
  assertMatch(
    hosting.run.status.at(-1)!,
    /^cut off: 192\.0\.2\.2:\d+ fell silent before all had arrived; sent .* of 8\.00 MB$/,
  );
});

Deno.test("an output that takes no more ends both sides with the reason", async () => {
  const errors = [
    [new Deno.errors.BrokenPipe("Broken pipe"), "standard output was closed by its reader"],
    [
      new Error("No space left on device"),
      "standard output cannot be written: No space left on device",
    ],
  ] as const;
  for (const [error, sentence] of errors) {
    const scene = new Scene();
    const [hosting, joined] = await scene.meet({
      hostInput: seededBytes(300_000, 5),
      joinStreams: { ...PIPES, sink: () => Promise.reject(error) },
    });
    assertEquals(await scene.exits(hosting, joined), [1, 1]);
    assertEquals(joined.run.status.at(-1), sentence);
    assertMatch(
      hosting.run.status.at(-1)!,
      /^cut off: .* closed the connection before all had arrived, and said: its standard output takes no more; sent /,
    );
  }
});

Deno.test("an input that cannot be read is said, and the other side does not take it for an end", async () => {
  const scene = new Scene();
  const [hosting, joined] = await scene.meet();
  hosting.run.write(Uint8Array.of(1));
  await scene.world.run(MEETING_MS);
  hosting.run.failInput(new Error("Is a directory"));
  assertEquals(await scene.exits(hosting, joined), [1, 1]);
  assertEquals(hosting.run.status.at(-1), "Cannot read standard input: Is a directory");
  assertMatch(joined.run.status.at(-1)!, /^cut off: .*; received 1 byte$/);
});

Deno.test("a transfer goes on over a change of address", async () => {
  const scene = new Scene();
  const file = seededBytes(400_000, 6);
  const hosting = scene.start("host", "", { ...PIPES, inputBytes: file.length });
  hosting.run.write(file.subarray(0, 200_000));
  await scene.world.run(MEETING_MS);
  const joined = scene.start("join", "");
  joined.run.endInput();
  await scene.world.run(MEETING_MS);
  scene.machines[1].moveTo("192.0.2.77");
  hosting.run.write(file.subarray(200_000));
  hosting.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(await sha256(joined.output.bytes), await sha256(file));
});

Deno.test("whoever watches sees how far it is, and nothing of it stays", async () => {
  for (const [flags, isShown] of [["", true], ["-quiet", false], ["-json", false]] as const) {
    const { joined } = await heldUp({ joinFlags: flags, joinStreams: { ...PIPES, columns: 80 } });
    const { feet } = joined.run;
    if (!isShown) {
      assertEquals(feet, []);
      continue;
    }
    assert(feet.length >= 8 && feet.length <= 20, `${feet.length} in 5 s`);
    assert(feet.every((foot) => foot.length < 80), feet.join("\n"));
    assertMatch(feet.at(-1)!, /^\[-+\] received 0 bytes of 8\.00 MB \(0 %\), 0 bytes\/s$/);
  }
  const scene = new Scene();
  const [hosting, joined] = await scene.meet({
    hostInput: Uint8Array.of(1),
    hostStreams: { ...PIPES, columns: 80 },
    hostFlags: "-linger=0",
  });
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  assertEquals(hosting.run.feet.at(-1), "");
});

Deno.test("programs get bytes, time and SHA-256 as members", async () => {
  const scene = new Scene();
  const file = seededBytes(1_000, 7);
  const flags = { hostFlags: "-json", joinFlags: "-json" };
  const [hosting, joined] = await scene.meet({ ...flags, hostInput: file });
  joined.run.endInput();
  assertEquals(await scene.exits(hosting, joined), [0, 0]);
  for (const [side, kind] of [[hosting, "sent"], [joined, "received"]] as const) {
    const line = side.run.status.map((text) => JSON.parse(text)).find((line) => line.kind === kind);
    assertEquals([line.bytes, line.sha256], [1_000, await sha256(file)]);
    assertEquals(typeof line.durationMs, "number");
  }
});

Deno.test("who is started again in the middle knows nothing of it, and the other side says so", async () => {
  const scene = new Scene();
  const start = (number: number, other: number, input: number) => {
    const line = `-server=server.test -local=${number} -remote=192.0.2.${other}/${other} -token=t`;
    const run = new CommandRun("peer", line, scene.machines[number - 1], PIPES);
    run.write(Uint8Array.of(input));
    return { run, output: new Reader() };
  };
  const [going, dying] = [start(1, 2, 1), start(2, 1, 2)];
  await scene.world.run(5_000);
  // It loses its sockets and cannot say goodbye.
  const { sockets, streams } = scene.machines[1];
  sockets.clear();
  for (const stream of streams) stream.forget();
  const again = start(2, 1, 3);
  assertEquals(await scene.exits(going), [1]);
  assertEquals(
    going.run.status.at(-1),
    "cut off: 192.0.2.2/2 was started again, and knows nothing of it; sent 1 byte; received 1 byte",
  );
  for (const { run } of [dying, again]) run.interrupt();
  await scene.exits(dying, again);
});
