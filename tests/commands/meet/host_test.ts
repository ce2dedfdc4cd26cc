import { assert, assertEquals, assertMatch } from "@std/assert";
import { World } from "../../simulated/peer_platform.ts";
import { CommandRun } from "../command_run.ts";

interface Scene {
  readonly world: World;
  readonly hosting: CommandRun;
  join(number: number): CommandRun;
}

async function scene(flags: string): Promise<Scene> {
  const world = new World();
  const hosting = new CommandRun(
    "host",
    `-server=server.test -local=1 ${flags}`,
    world.publicMachine("192.0.2.1"),
  );
  await world.run(2_000);
  const join = (number: number) =>
    new CommandRun(
      "join",
      `-server=server.test -local=${number} -remote=192.0.2.1/1`,
      world.publicMachine(`192.0.2.${number}`),
    );
  return { world, hosting, join };
}

Deno.test("-once takes one joiner and ends with it", async () => {
  const { world, hosting, join } = await scene("-once");
  const first = join(2);
  await world.run(2_000);
  const second = join(3);
  await world.run(2_000);
  assertEquals(await world.until(second.exit), 1);
  assertMatch(
    second.status.at(-1)!,
    /^punch_failed: .* it takes nobody else now, or is ending\. Ask who runs it$/,
  );
  assert(hosting.status.some((line) => line.startsWith("turned away 192.0.2.3:")));
  first.type("hello\n");
  await world.run(1_000);
  assertEquals(hosting.output, ["hello"]);
  first.interrupt();
  assertEquals(await world.until(Promise.all([first.exit, hosting.exit])), [0, 0]);
});

Deno.test("-once ends with exit code 1 when its joiner is lost", async () => {
  const { world, hosting, join } = await scene("-once");
  const first = join(2);
  await world.run(2_000);
  world.internet.cut("192.0.2.2");
  assertEquals(await world.until(hosting.exit), 1);
  assert(hosting.status.at(-1)!.startsWith("lost: "), hosting.status.join("\n"));
  first.interrupt();
  await world.until(first.exit);
});

Deno.test("a line for nobody is dropped, counted and said once", async () => {
  const { world, hosting, join } = await scene("");
  const first = join(2);
  await world.run(2_000);
  first.interrupt();
  await world.until(first.exit);
  await world.run(1_000);
  hosting.type("one\ntwo\nthree\n");
  hosting.endInput();
  await world.run(1_000);
  const said = hosting.status.filter((line) => line.includes("nobody is connected"));
  assertEquals(said.length, 1, hosting.status.join("\n"));
  assert(hosting.status.some((line) => line.endsWith("3 without a connection")));
  hosting.interrupt();
  await world.until(hosting.exit);
});
