/** One side of a tunnel dies in the middle of everything, and comes back. */

import { assertEquals } from "@std/assert";
import { newCode } from "../../../src/peer/mod.ts";
import { ChildProcess, freePort, PROGRAM } from "../../support/child_process.ts";
import { until, within } from "../../support/deadline.ts";
import { TestServer } from "../../support/test_server.ts";

/** A host that came back is found once it is missed, which takes seconds. */
const BACK_MS = 60_000;

async function ask(connection: Deno.TcpConn, byte: number): Promise<number> {
  await connection.write(Uint8Array.of(byte));
  const answer = new Uint8Array(1);
  await connection.read(answer);
  return answer[0];
}

/** Whether a new connection is answered, through whatever there is. */
async function isAnswered(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return await ask(connection, 9) === 9;
  } catch {
    return false;
  }
}

async function endOf(connection: Deno.TcpConn): Promise<string> {
  const read = connection.read(new Uint8Array(1)).then(() => "an end", (error) => error.name);
  return await within(read, "the end of the old connection", BACK_MS);
}

/**
 * Who ends how, and what the client and the service see: what is killed leaves that to the system. A
 * joiner that is killed is missed after LINK_LOST_MS, which is too long for here.
 */
const ENDS = [
  ["host", "SIGKILL", "ConnectionReset", "an end"],
  ["host", "SIGTERM", "ConnectionReset", "ConnectionReset"],
  ["joiner", "SIGTERM", "ConnectionReset", "ConnectionReset"],
] as const;

for (const [victim, signal, atClient, atService] of ENDS) {
  Deno.test(`after a ${signal} of the ${victim} TCP connections end as they can, and new ones work`, async () => {
    await using test = new TestServer();
    const service = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const endings: Promise<string>[] = [];
    (async () => {
      for await (const connection of service) {
        const carried = connection.readable.pipeTo(connection.writable);
        endings.push(carried.then(() => "an end", (error) => error.name));
      }
    })();
    const { port } = test.at();
    const listening = freePort();
    const common = [`-server=127.0.0.1:${port}`, `-code=${newCode()}`];
    const commands = {
      host: [
        "host",
        ...common,
        "-token=of the host",
        `-forward=tcp:127.0.0.1:${service.addr.port}`,
      ],
      joiner: ["join", ...common, "-token=of the joiner", `-listen=tcp:${listening}`],
    };
    const start = async (name: keyof typeof commands) => {
      const process = ChildProcess.start([...PROGRAM, ...commands[name]]);
      const sign = name === "host" ? "reachable" : "connected";
      await process.errors.find((line) => line.startsWith(sign), sign, BACK_MS);
      return process;
    };
    const first = { host: await start("host"), joiner: await start("joiner") };
    const client = await Deno.connect({ hostname: "127.0.0.1", port: listening });
    assertEquals(await ask(client, 7), 7);
    first[victim].signal(signal);
    await first[victim].ended();
    await using again = await start(victim);
    const other = victim === "host" ? first.joiner : first.host;
    assertEquals(await endOf(client), atClient);
    await until(() => isAnswered(listening), "a new connection", BACK_MS);
    assertEquals(await within(endings[0], "the end at the service", BACK_MS), atService);
    client.close();
    for (const process of [again, other]) process.signal("SIGTERM");
    await Promise.all([again.ended(), other.ended()]);
    service.close();
  });
}
