/**
 * SSH and HTTP, by programs that know nothing of this project, carried through a punched hole.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { HAS_SSH, SshServer } from "../support/ssh_server.ts";
import { Tunnel } from "./tunnel.ts";

const MEGABYTE = 2 ** 20;

Deno.test({
  ...needs(HAS_SSH, "ssh and sshd"),
  name: "ssh runs a command through the hole, and scp carries a file each way",
  fn: async () => {
    await using sshd = await SshServer.start();
    await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${sshd.port}`);
    const options = sshd.options(tunnel.port);
    const { stdout, stderr } = await runToEnd(["ssh", ...options, "127.0.0.1", "tr a-z A-Z"], {
      input: "through the hole\n",
    });
    assertEquals(stdout, "THROUGH THE HOLE\n", stderr);
    const bytes = randomBytes(20 * MEGABYTE);
    const [sent, there, back] = ["sent", "there", "back"].map((name) => `${sshd.folder}/${name}`);
    await Deno.writeFile(sent, bytes);
    for (const [from, to] of [[sent, `127.0.0.1:${there}`], [`127.0.0.1:${there}`, back]]) {
      const copied = await runToEnd(["scp", "-q", ...options, from, to], { deadlineMs: 60_000 });
      assertEquals(copied.code, 0, copied.stderr);
    }
    assertEquals(await sha256(await Deno.readFile(back)), await sha256(bytes));
  },
});

/** A web site: small pages, a large one, and one that says what was uploaded to it. */
function site(large: Uint8Array<ArrayBuffer>): Deno.HttpServer<Deno.NetAddr> {
  const settings = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(settings, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.body !== null) return new Response(await sha256(await request.arrayBuffer()));
    return new Response(pathname === "/large" ? large : `page ${pathname}`);
  });
}

Deno.test({
  ...needs(hasProgram("curl"), "curl"),
  name: "curl loads pages through the hole: 200 at once, many in a row, large ones each way",
  fn: async () => {
    const large = randomBytes(20 * MEGABYTE);
    await using server = site(large);
    await using tunnel = await Tunnel.open(`-forward=tcp:127.0.0.1:${server.addr.port}`);
    const folder = await Deno.makeTempDir();
    const url = `http://127.0.0.1:${tunnel.port}`;
    const curl = async (...args: string[]) => {
      const loaded = await runToEnd(["curl", "-sS", ...args], { deadlineMs: 60_000 });
      assertEquals(loaded.code, 0, loaded.stderr);
      return loaded.stdout;
    };

    const atOnce = ["--parallel", "--parallel-immediate", "--parallel-max", "200"];
    await curl(...atOnce, `${url}/[1-200]`, "-o", `${folder}/#1`);
    for (let page = 1; page <= 200; page++) {
      assertEquals(await Deno.readTextFile(`${folder}/${page}`), `page /${page}`);
    }

    const counts = await curl("-w", "%{num_connects} ", `${url}/[1-20]`, "-o", "/dev/null");
    assertEquals(counts.trim().split(" ").map(Number), [1, ...Array(19).fill(0)]);

    await curl(`${url}/large`, "-o", `${folder}/large`);
    assertEquals(await sha256(await Deno.readFile(`${folder}/large`)), await sha256(large));
    assertEquals(await curl("-T", `${folder}/large`, `${url}/upload`), await sha256(large));

    const said = [...tunnel.hosting.status, ...tunnel.joined.status];
    assertEquals(said.filter((line) => line.startsWith("dropped")), []);
    await Deno.remove(folder, { recursive: true });
  },
});
