/** README's WireGuard, word by word: a full tunnel from one home to another, behind two NATs. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PACKET_OVERHEAD_BYTES } from "../../src/peer/channel/packet.ts";
import { BASE_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from "../../src/peer/limits.ts";
import { MAX_FLOW_DATAGRAM_BYTES } from "../../src/commands/forward/flow_frame.ts";
import { Lab } from "../nat/lab.ts";
import { type Namespace, run } from "../nat/namespace.ts";
import { startServer } from "../nat/peer_process.ts";
import { missingForRelay } from "../nat/prerequisites.ts";
import { buildSite } from "../nat/site.ts";
import { PROGRAM, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";
import { codeBlock, codeBlocks, readDocument, section } from "./markdown.ts";

const CARRYING = section(readDocument("README.md"), "Carry an existing program");
const [HOST_LINE, JOIN_LINE] = codeBlocks(CARRYING, "sh").map((line) => line.trim());
const CONFIGURATION = codeBlock(CARRYING, "ini");
/** How README starts the program. */
const START = "npx -y deno@2.9.6 run --allow-net main.ts ";
const SERVER = "rendezvous.example.org";
const INVITATION = "join with: ";
/** Inside the tunnel, and of no network of the lab. */
const SERVICE = "10.9.0.1";
/** The programs of WireGuard know a device by its name alone, whatever namespace it is in. */
const DEVICES = { service: `wg${Deno.pid}s`, client: `wg${Deno.pid}c` };
/** Whose packets go through the tunnel: not those of the user who runs the commands, which is root. */
const NOBODY = ["setpriv", "--reuid=65534", "--clear-groups"];
/** Many packets of full length. */
const PAGE_BYTES = 300_000;
const PAGE_PORT = 8_000;
/** A page takes less than a second where the machine has time; one that does not come has to be waited for. */
const PATIENCE_SECONDS = { comes: 20, doesNot: 4 };

const IPV4_AND_UDP_BYTES = 28;
const IPV6_AND_UDP_BYTES = 48;
/** Type, receiver and counter, then the tag. */
const WIREGUARD_BYTES = 32;
const LINE_MTU = 1_500;

const missing = await missingForRelay();
const hasWireguard = hasProgram("wg") && hasProgram("wireguard-go") && hasProgram("nft");

const FLOW_BYTES = MAX_DATAGRAM_BYTES - MAX_FLOW_DATAGRAM_BYTES;
const README_MTU = Number(/^MTU = (\d+)$/m.exec(CONFIGURATION)?.[1]);

/** What a packet inside the tunnel is on the path between the peers. */
function sizeOnPath(bytes: number, ipAndUdpBytes: number): number {
  return bytes + WIREGUARD_BYTES + FLOW_BYTES + PACKET_OVERHEAD_BYTES + ipAndUdpBytes;
}

Deno.test("README's MTUs are what is left of a path", () => {
  const mtuOf = (pathBytes: number, outer: number) => pathBytes - sizeOnPath(0, outer);
  const text = CARRYING.replaceAll(/\s+/g, " ");
  for (
    const sentence of [
      `grows by ${FLOW_BYTES + PACKET_OVERHEAD_BYTES} bytes`,
      `by ${WIREGUARD_BYTES} in WireGuard, and by ${IPV4_AND_UDP_BYTES} for UDP and IPv4 or ` +
      `${IPV6_AND_UDP_BYTES} for UDP and IPv6`,
      `The most is ${mtuOf(LINE_MTU, IPV4_AND_UDP_BYTES)} on a path of 1,500 bytes by IPv4, and ` +
      `${mtuOf(LINE_MTU, IPV6_AND_UDP_BYTES)} by IPv6`,
      `At ${BASE_DATAGRAM_BYTES - FLOW_BYTES - WIREGUARD_BYTES} no datagram`,
    ]
  ) assertStringIncludes(text, sentence);
  const path = sizeOnPath(README_MTU, IPV6_AND_UDP_BYTES).toLocaleString("en");
  assertStringIncludes(text, `${README_MTU} fits every path of ${path} bytes`);
});

/**
 * Two homes, whose lines carry no more than README's MTU needs. The first has a service inside a
 * WireGuard, and the commands carry that.
 */
async function buildTunnel(lab: Lab): Promise<{ client: Namespace; configuration: string }> {
  const { ipv4 } = await startServer(lab);
  const homes = [];
  for (const label of ["first", "second"]) {
    const { host, outside } = await buildSite(lab, "eim-apdf", label);
    await host.nameHosts({ [SERVER]: [ipv4] });
    await lab.internet.narrow(outside, sizeOnPath(README_MTU, IPV4_AND_UDP_BYTES));
    homes.push(host);
  }
  const [service, client] = homes;
  const [ofService, ofClient] = [await newKeys(), await newKeys()];
  await startService(lab, service, ofService.secret, ofClient.open);
  const start = (home: Namespace, line: string) =>
    lab.own(home.start([...PROGRAM, ...line.split(" ")], { stderr: "piped" }));
  const hosting = start(service, HOST_LINE.slice(START.length));
  const invited = await hosting.errors.find((line) => line.startsWith(INVITATION), "a line");
  const [, code] = /\/([0-9A-Z-]+)/.exec(invited) as RegExpExecArray;
  const joined = start(client, JOIN_LINE.slice(START.length).replace(/\/[0-9A-Z-]+/, `/${code}`));
  await joined.errors.find((line) => line.startsWith("connected"), "a connection");
  const configuration = CONFIGURATION
    .replace("THE_KEY_OF_THIS_MACHINE", ofClient.secret)
    .replace("THE_KEY_OF_THE_SERVICE", ofService.open)
    .replaceAll("$(id -u breach)", `${Deno.uid()}`);
  return { client, configuration };
}

/** The service that README takes for granted, and a page behind it. */
async function startService(lab: Lab, home: Namespace, key: string, ofClient: string) {
  const lines = [
    "[Interface]",
    `PrivateKey = ${key}`,
    `Address = ${SERVICE}/24`,
    "ListenPort = 51820",
    "MTU = 1280",
    "[Peer]",
    `PublicKey = ${ofClient}`,
    "AllowedIPs = 10.9.0.2/32",
  ];
  await raise(lab, home, DEVICES.service, lines.join("\n"));
  const page = lab.own(await TemporaryFile.make("page", "x".repeat(PAGE_BYTES)));
  const serve = ["python3", "-u", "-m", "http.server", `${PAGE_PORT}`, "--bind", SERVICE];
  const serving = lab.own(
    home.start([...serve, "--directory", page.directory], { stderr: "piped" }),
  );
  await serving.output.find((line) => line.startsWith("Serving"), "a web server");
}

/** `wg-quick up`, and down when the lab ends. */
async function raise(lab: Lab, home: Namespace, name: string, configuration: string) {
  const file = lab.own(await TemporaryFile.make(`${name}.conf`, configuration));
  const quick = (what: "up" | "down") =>
    run(["ip", "netns", "exec", home.name, "wg-quick", what, file.path]);
  await quick("up");
  lab.own({ [Symbol.asyncDispose]: async () => void await quick("down") });
}

async function newKeys(): Promise<{ secret: string; open: string }> {
  const secret = (await run(["wg", "genkey"])).trim();
  return { secret, open: (await run(["wg", "pubkey"], secret)).trim() };
}

class TemporaryFile implements AsyncDisposable {
  private constructor(readonly directory: string, readonly path: string) {}

  static async make(name: string, text: string): Promise<TemporaryFile> {
    const directory = await Deno.makeTempDir();
    await Deno.chmod(directory, 0o755);
    await Deno.writeTextFile(`${directory}/${name}`, text, { mode: 0o600 });
    return new TemporaryFile(directory, `${directory}/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** How many bytes of the page arrive through the tunnel. */
async function fetchPage(client: Namespace, seconds: number): Promise<number> {
  const fetching = `exec 3<>/dev/tcp/${SERVICE}/${PAGE_PORT}; ` +
    String.raw`printf 'GET /page HTTP/1.0\r\n\r\n' >&3; sed '1,/^\r$/d' <&3`;
  const patiently = ["timeout", `${seconds}`, "bash", "-c", fetching];
  const { stdout } = await runToEnd(["ip", "netns", "exec", client.name, ...NOBODY, ...patiently]);
  return stdout.length;
}

Deno.test({
  ...needs(missing === undefined && hasWireguard, missing ?? "wg, wireguard-go and nft"),
  name: "README's WireGuard takes everything through the hole but what makes the hole",
  fn: async () => {
    await using lab = await Lab.create();
    const { client, configuration } = await buildTunnel(lab);
    await raise(lab, client, DEVICES.client, configuration);
    assertEquals(await fetchPage(client, PATIENCE_SECONDS.comes), PAGE_BYTES);
    const route = (...of: string[]) => run(["ip", "-n", client.name, "route", "get", ...of]);
    assertStringIncludes(await route("203.0.113.200", "uid", "65534"), `dev ${DEVICES.client}`);
    assertStringIncludes(await route("203.0.113.200", "uid", `${Deno.uid()}`), "dev wan");
  },
});

Deno.test({
  ...needs(missing === undefined && hasWireguard, missing ?? "wg, wireguard-go and nft"),
  name: "a full tunnel without README's rule takes in what makes the hole, and carries nothing",
  fn: async () => {
    await using lab = await Lab.create();
    const { client, configuration } = await buildTunnel(lab);
    const careless = configuration.replaceAll(/^P(ostUp|reDown) = .*\n/gm, "");
    assert(careless.length < configuration.length);
    await raise(lab, client, DEVICES.client, careless);
    assertEquals(await fetchPage(client, PATIENCE_SECONDS.doesNot), 0);
  },
});
