import { assertEquals, assertMatch } from "@std/assert";
import { SOLE_SOURCE_PEERS } from "../../src/limits.ts";
import { PROGRAM, runToEnd } from "../support/child_process.ts";
import { hasProgram, needs } from "../support/needs.ts";

const GATEWAY = "172.17.0.1";

/** In a network of its own, peers come from the address that a container network's bridge has. */
function script(peers: number): string {
  return `
    ip link set lo up && ip address add ${GATEWAY}/32 dev lo
    "$@" -host=${GATEWAY} & server=$!
    until (: > /dev/tcp/${GATEWAY}/6969) 2> /dev/null; do sleep 0.05; done
    for peer in {1..${peers}}; do printf '{"PeerPort":%s}' "$peer" > /dev/udp/${GATEWAY}/6969; done
    exec 3<> /dev/tcp/${GATEWAY}/6969
    echo '}' >&3 && cat <&3 > /dev/null
    kill "$server" && wait "$server"`;
}

async function warnings(peers: number): Promise<string> {
  const inNamespace = ["unshare", "--net", "bash", "-c", script(peers), "bash"];
  const { code, stderr } = await runToEnd([...inNamespace, ...PROGRAM]);
  assertEquals(code, 0, stderr);
  return stderr;
}

const ROOT = Deno.build.os === "linux" && Deno.uid() === 0 && hasProgram("unshare") &&
  new Deno.Command("unshare", { args: ["--net", "true"] }).outputSync().success;

Deno.test({
  name: "when all peers come from a gateway's address, the log asks whether a NAT is in front",
  ...needs(ROOT, "root, and unshare of util-linux"),
  fn: async () => {
    assertEquals(await warnings(SOLE_SOURCE_PEERS - 1), "");
    assertMatch(
      await warnings(SOLE_SOURCE_PEERS),
      new RegExp(
        `^\\S+ warn all peers come from ${GATEWAY}: is a NAT in front of this server\\?.*\n$`,
      ),
    );
  },
});
