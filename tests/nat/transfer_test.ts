/** What goes over TCP through the hole while one of its ends moves: SSH and HTTP. */

import { assert, assertEquals } from "@std/assert";
import { formatEndpoint } from "../../src/address.ts";
import { newCode } from "../../src/peer/mod.ts";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { freePort } from "../support/child_process.ts";
import { until } from "../support/deadline.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { HAS_SSH, SshServer } from "../support/ssh_server.ts";
import { type Case, OVERLAPPING, runAll } from "./cases.ts";
import { Lab } from "./lab.ts";
import type { Namespace } from "./namespace.ts";
import { PeerProcess, startServer } from "./peer_process.ts";
import { missingPrerequisite } from "./prerequisites.ts";
import { buildSite, readdress } from "./site.ts";

const missing = await missingPrerequisite();

/** So much takes seconds, and has a middle. */
const FILE_BYTES = 30_000_000;
const MOVED_AFTER_BYTES = 5_000_000;
const TRANSFER_MS = 90_000;

/** A service beside the host, and a program that loads a file from it. */
interface Transfer {
  readonly folder: string;
  readonly port: number;
  /** @param port where the joiner listens */
  readonly load: (port: number) => readonly string[];
}

async function overHttp(host: Namespace, owned: AsyncDisposableStack): Promise<Transfer> {
  const folder = await Deno.makeTempDir();
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const port = freePort();
  const command = [
    "python3",
    "-u",
    "-m",
    "http.server",
    `${port}`,
    "-b",
    "127.0.0.1",
    "-d",
    folder,
  ];
  const service = owned.use(host.start(command, { stderr: "piped" }));
  await service.output.find((line) => line.startsWith("Serving HTTP"), "a web server");
  const load = (at: number) => ["curl", "-sS", "-o", `${folder}/loaded`, url(at)];
  const url = (at: number) => `http://127.0.0.1:${at}/file`;
  return { folder, port, load };
}

async function overSsh(host: Namespace, owned: AsyncDisposableStack): Promise<Transfer> {
  const sshd = await SshServer.start((command) => host.start(command, { stderr: "piped" }));
  owned.use(sshd);
  const { folder, port } = sshd;
  const load = (at: number) => {
    const options = sshd.options(at).join(" ");
    return ["sh", "-c", `ssh ${options} 127.0.0.1 cat ${folder}/file > ${folder}/loaded`];
  };
  return { folder, port, load };
}

const TRANSFERS = { overHttp, overSsh };

Deno.test("a transfer goes on when one of its ends moves, and nothing of it is missing", {
  ...needs(
    missing === undefined && HAS_SSH && hasProgram("curl") && hasProgram("python3"),
    `ssh, sshd, curl, python3 and a lab (${missing ?? "which is there"})`,
  ),
  ...OVERLAPPING,
}, async (t) => {
  await using lab = await Lab.create();
  const { ipv4, port } = await startServer(lab);
  const server = formatEndpoint({ address: ipv4, port });
  const bytes = randomBytes(FILE_BYTES);
  const cases = Object.entries(TRANSFERS).flatMap(([kind, prepare]) =>
    ([0, 1] as const).map((mover): Case => ({
      name: `${kind}: the ${mover === 0 ? "host" : "joiner"} moves`,
      run: async (owned) => {
        const sites = await Promise.all(["host", "joiner"].map(
          (role) => buildSite(lab, "eim-apdf", `${kind.toLowerCase()}${role}${mover}`),
        ));
        const [first, second] = sites.map(({ host }) => host);
        const { folder, port: service, load } = await prepare(first, owned);
        await Deno.writeFile(`${folder}/file`, bytes);
        const options = { server, code: newCode() };
        const forward = `tcp:127.0.0.1:${service}`;
        const hosting = PeerProcess.start(first, { command: "host", ...options, forward });
        await owned.use(hosting).asked();
        const listening = freePort();
        const listen = `tcp:${listening}`;
        const joining = PeerProcess.start(second, { command: "join", ...options, listen });
        await owned.use(joining).connected();
        const loading = owned.use(second.start(load(listening), { stderr: "piped" }));
        await until(() => sizeOf(`${folder}/loaded`) > MOVED_AFTER_BYTES, "the middle of the file");
        await readdress(sites[mover]);
        assert(sizeOf(`${folder}/loaded`) < FILE_BYTES, "it was all there before the move");
        const { code, stderr } = await loading.ended(TRANSFER_MS);
        assertEquals(code, 0, stderr);
        assertEquals(await sha256(await Deno.readFile(`${folder}/loaded`)), await sha256(bytes));
      },
    }))
  );
  await runAll(t, cases);
});

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
