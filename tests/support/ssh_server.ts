/**
 * A real server of SSH, with a port and keys of its own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { ChildProcess, freePort, programPath, runToEnd } from "./child_process.ts";
import { hasProgram } from "./needs.ts";

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

/** How a process is started. */
type Starter = (command: readonly string[]) => ChildProcess;

/** A server of SSH whose only user is who runs the tests, with a key that is made for it. */
export class SshServer implements AsyncDisposable {
  /** Where its keys are, and room for what is copied. */
  readonly folder = Deno.makeTempDirSync();
  /** Where it listens, on 127.0.0.1. */
  readonly port = freePort();
  readonly #owned = new AsyncDisposableStack();

  /** Starts one. @param start default: on this machine; else where it is to run */
  static async start(
    start: Starter = (command) => ChildProcess.start(command),
  ): Promise<SshServer> {
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
    const sshd = server.#owned.use(start([SSHD, "-D", "-e", "-f", `${folder}/config`]));
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

/** Whether there is one, and a client. */
export const HAS_SSH = hasProgram("ssh", "-V") && hasProgram("test", "-x", SSHD);
