/** Tests of the fail2ban filter, by fail2ban's own program. */

import { assertEquals } from "@std/assert";
import { runToEnd } from "../../support/child_process.ts";
import { ChildServer } from "../../support/child_server.ts";
import { hasProgram, needs } from "../../support/needs.ts";
import { connectMany } from "../../support/raw_client.ts";

const FILTER = "scripts/packaging/fail2ban/filter.conf";
const withFail2ban = needs(hasProgram("fail2ban-regex", "--version"), "fail2ban-regex");

/** What fail2ban would ban for these lines. */
async function banned(lines: readonly string[]): Promise<string[]> {
  const path = await Deno.makeTempFile({ prefix: "abuse" });
  try {
    await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
    const { code, stdout, stderr } = await runToEnd(["fail2ban-regex", "-o", "id", path, FILTER]);
    assertEquals([code, stderr], [0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await Deno.remove(path);
  }
}

const abuse = (words: string) => `2026-11-24T10:00:00.000Z info abuse ${words}`;

Deno.test("a line of an abuse by TCP bans its source", withFail2ban, async () => {
  assertEquals(
    await banned([
      abuse("transport=tcp class=bad_request prefix=203.0.113.7/32 count=100"),
      abuse("transport=tcp class=connections_per_address prefix=2001:db8:1:2::/64 count=50000"),
      abuse("transport=tcp class=sessions_per_network prefix=203.0.113.9/32 count=1234"),
    ]),
    ["203.0.113.7", "2001:db8:1:2::/64", "203.0.113.9"],
  );
});

Deno.test("the journal's form of a line bans as well", withFail2ban, async () => {
  const line = abuse("transport=tcp class=bad_request prefix=203.0.113.7/32 count=100");
  assertEquals(await banned([`Nov 24 10:00:00 host containment_breach[12]: ${line}`]), [
    "203.0.113.7",
  ]);
});

Deno.test(
  "nobody is banned for little, for datagrams or by words in a line",
  withFail2ban,
  async () => {
    const bad = "abuse transport=tcp class=bad_request prefix=203.0.113.7/32 count=100";
    assertEquals(
      await banned([
        abuse("transport=tcp class=bad_request prefix=203.0.113.7/32 count=99"),
        abuse("transport=udp class=not_json prefix=203.0.113.7/32 count=5000"),
        abuse("transport=udp class=bad_request prefix=203.0.113.7/32 count=5000"),
        abuse("transport=tcp class=max_sessions prefix=203.0.113.7/32 count=5000"),
        abuse("transport=tcp class=any prefix=others count=5000"),
        `2026-11-24T10:00:00.000Z debug 203.0.113.8 is told bad_request: received "info ${bad}"`,
        `2026-11-24T10:00:00.000Z debug info ${bad}`,
      ]),
      [],
    );
  },
);

for (const format of ["text", "json"]) {
  const name = `whoever sends a hundred bad requests is banned by the log in the form ${format}`;
  Deno.test(name, withFail2ban, async () => {
    const flags = ["-abuse_log", `-log_format=${format}`];
    await using server = await ChildServer.start(flags);
    const clients = await connectMany(server.endpoint, 100, "127.0.0.1");
    await Promise.all(clients.map(async (client) => {
      await client.send("GET / HTTP/1.1\r\n\r\n");
      await client.readToEnd();
      client.close();
    }));
    server.signal("SIGTERM");
    await server.ended();
    assertEquals(await banned(server.lines), ["127.0.0.1"]);
  });
}
