/**
 * SSH and HTTP, by programs that know nothing of this project, carried through a punched hole.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { ChildProcess, freePort, programPath, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { Tunnel } from "./tunnel.ts";

const MEGABYTE = 2 ** 20;

async function sha256(bytes: BufferSource): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Bytes that no compression makes shorter. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

/** Where Debian has it; whoever is not root may not have that on his path. */
const SSHD = programPath("sshd") || "/usr/sbin/sshd";

/** What a server for one test is told: a port and keys of its own, and nothing of the machine's. */
function sshdConfig(folder: string, port: number): string {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/key.pub`,
    `PidFile none`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    "Subsystem sftp internal-sftp",
    "",
  ].join("\n");
}

/** A server of SSH whose only user is who runs the tests, with a key that is made for it. */
class SshServer implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly port = freePort();
  readonly #owned = new AsyncDisposableStack();

  static async start(): Promise<SshServer> {
    const server = new SshServer();
    const { folder, port } = server;
    server.#owned.defer(() => Deno.remove(folder, { recursive: true }));
    for (const key of ["host_key", "key"]) {
      const path = `${folder}/${key}`;
      const made = await runToEnd(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
      assertEquals(made.code, 0, made.stderr);
    }
    await Deno.writeTextFile(`${folder}/config`, sshdConfig(folder, port));
    server.#makePrivilegeFolder();
    const sshd = ChildProcess.start([SSHD, "-D", "-e", "-f", `${folder}/config`]);
    server.#owned.use(sshd);
    await sshd.errors.find((line) => line.startsWith("Server listening"), "a server");
    return server;
  }

  /** What `ssh` and `scp` are told, to reach it at another port. */
  options(port: number): string[] {
    const settings = {
      IdentityFile: `${this.folder}/key`,
      UserKnownHostsFile: `${this.folder}/known_hosts`,
      StrictHostKeyChecking: "accept-new",
      BatchMode: "yes",
      Port: `${port}`,
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return ["-F", "none", ...given];
  }

  /** A server that root runs wants an empty folder, which the system makes for its own. */
  #makePrivilegeFolder(): void {
    if (Deno.uid() !== 0) return;
    try {
      Deno.mkdirSync("/run/sshd", { mode: 0o755 });
      this.#owned.defer(() => Deno.remove("/run/sshd"));
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

const HAS_SSH = hasProgram("ssh", "-V") && hasProgram("test", "-x", SSHD);

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

    await until(
      () => !tunnel.hosting.status.some((line) => line.startsWith("dropped")),
      "no drops",
    );
    assert(tunnel.joined.status.every((line) => !line.startsWith("dropped")));
    await Deno.remove(folder, { recursive: true });
  },
});
