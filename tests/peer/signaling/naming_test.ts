import { assertEquals, assertStringIncludes } from "@std/assert";
import { PeerError } from "../../../src/peer/errors.ts";
import { explainRefusal, findNamesKnown } from "../../../src/peer/signaling/naming.ts";
import { World } from "../../simulated/peer_platform.ts";

const NAME = "R8N772N21XVGTJGXFXVVK67X5ZQME7F9";

function explained(code: PeerError["code"], message: string): PeerError {
  const error = explainRefusal(new PeerError(code, message), NAME);
  assertEquals(error.code, code);
  assertEquals(error.message.includes(NAME), false, error.message);
  return error;
}

Deno.test("who hosts nothing is asked for in words that help", () => {
  const { message } = explained("host_not_found", `no host "${NAME}" is connected and registered`);
  assertEquals(
    message,
    "nobody hosts this code now: is the other side running, and on the same server?",
  );
});

Deno.test("a host that is there but not heard is no matter of the code", () => {
  const { message } = explained(
    "host_not_found",
    `the host "${NAME}" is connected, but no datagram from it has arrived`,
  );
  assertStringIncludes(message, "no datagram from it has arrived");
});

Deno.test("a code that is taken says what to do, a limit what it is", () => {
  const taken = explained("busy", `a session with another Token already stands for "${NAME}"`);
  assertStringIncludes(taken.message, "another program uses this code");
  assertEquals(explained("busy", "10000 sessions are open").message, "10000 sessions are open");
});

Deno.test("no refusal shows the name, whatever the server says", () => {
  const codes = ["bad_request", "no_lease", "lease_timeout", "replaced", "cancelled"] as const;
  for (const code of codes) explained(code, `about ${NAME}, "${NAME}"`);
});

for (const knowledge of ["no names", "part 1", "part 1 only"] as const) {
  Deno.test(`a server with ${knowledge} is found not to know names`, async () => {
    const world = new World({ knowledge });
    const finding = findNamesKnown(
      world.publicMachine("192.0.2.1"),
      world.server.endpoint,
      new AbortController().signal,
    );
    assertEquals(await world.until(finding), "unknown to the server");
    await world.run(1_000);
    assertEquals(world.server.sessionCount, 0);
  });
}

Deno.test("a server that is not there shows nothing", async () => {
  const world = new World();
  world.server.isUp = false;
  const finding = findNamesKnown(
    world.publicMachine("192.0.2.1"),
    world.server.endpoint,
    new AbortController().signal,
  );
  assertEquals(await world.until(finding), "unclear");
});
