/**
 * What a machine must offer so that a lab can stand on it. Asked apart from the lab's own code: a
 * mistake in there must fail tests, not skip them.
 *
 * @module
 */

import { run } from "./namespace.ts";

const CHECKED_RULES = `table ip nat {
  chain postrouting {
    type nat hook postrouting priority 100;
    masquerade random,fully-random
  }
}
`;

/**
 * Tries out what the lab is made of.
 *
 * @returns why the tests of this directory cannot run here, or `undefined` when they can
 */
export async function missingPrerequisite(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return `expected Linux, received ${Deno.build.os}`;
  if (Deno.uid() !== 0) return `expected to be root, received user ${Deno.uid()}`;
  const name = `cbnat-${Deno.pid}-check`;
  const inNamespace = ["ip", "netns", "exec", name];
  try {
    await run(["ip", "netns", "add", name]);
    await run([...inNamespace, "nft", "-f", "-"], CHECKED_RULES);
    await run([...inNamespace, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"]);
    await run([...inNamespace, "ip", "link", "add", "lan", "type", "bridge"]);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split("\n")[0];
  } finally {
    await run(["ip", "netns", "delete", name]).catch(() => {});
  }
}

/** Why a lab with delay and loss cannot be made here, or `undefined` when it can. */
export async function missingForRelay(): Promise<string | undefined> {
  const missing = await missingPrerequisite();
  if (missing !== undefined) return missing;
  try {
    using _tun = await Deno.open("/dev/net/tun", { read: true, write: true });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
