/**
 * What people are told of an error, and what they can do about it.
 *
 * @module
 */

import type { PeerError, PeerErrorCode } from "../peer/mod.ts";
import { formatRemote, type HostPort, type RemoteSpec } from "../peer/names.ts";
import { commandLine, serverText } from "./command_lines.ts";

/** Who met the error. */
export interface Circumstances {
  /** How this program is started. */
  readonly start: string;
  readonly server: HostPort;
  /** By what the two sides were to find each other. */
  readonly by: "address" | "code";
  /** `undefined` for a host, and with a code. */
  readonly remote?: RemoteSpec | undefined;
}

/** An error in words. */
export interface Advice {
  /** What is wrong and what to do next, in one line. */
  readonly sentence: string;
  /** What the server said, or the library, where the sentence does not have it. */
  readonly wording: string | undefined;
}

/** What the program does after an error. */
export type Consequence = "ends" | "tries again";

/** What is known where a sentence is made. */
interface Case extends Circumstances {
  readonly message: string;
  readonly consequence: Consequence;
}

/** A sentence, or the error's own message and what to do next. */
type Sentence = string | { readonly thenDo: string };

/** By code; nothing compiles while one is missing. */
const SENTENCES: Readonly<Record<PeerErrorCode, (of: Case) => Sentence>> = {
  bad_request: refusedRequest,
  no_lease: (of) =>
    `the server hears no UDP from here, only TCP; a firewall? Try \`${probeOf(of)}\`: where a ` +
    "network lets no UDP out, no direct path to any peer can exist",
  lease_timeout: (of) =>
    `the server hears no UDP from here any more; a firewall? Try \`${probeOf(of)}\``,
  host_not_found: missingHost,
  family_mismatch: ({ server, by, remote }) =>
    `${nameOf(remote)} and this peer meet at ${
      serverText(server)
    } under no common IP version, so no datagram can pass; give ` +
    (by === "code" ? "both sides a -server with" : "-remote, and -server,") +
    " addresses of one version",
  replaced: ({ by }) =>
    `another program with this ${
      by === "code" ? "code" : "-local"
    } and -token took over; run one of ` +
    "them only, or give each its own",
  address_mismatch: (of) =>
    "UDP and TCP leave this network by different public addresses (a VPN, a proxy, two uplinks), so " +
    `the server takes them for two peers; let both go one way, then try \`${probeOf(of)}\``,
  cancelled: () => "it was given up before there was an answer; start it again",
  busy: (of) =>
    IS_TAKEN.test(of.message)
      ? TAKEN[of.by]
      : "the server, or this address's share of it, is full" +
        unlessWaiting(of, "; try again later, or let -wait=on do so"),
  shutting_down: (of) =>
    "the server is being stopped" +
    unlessWaiting(of, "; try again when it is back, or give -wait=on"),
  unavailable: (of) =>
    "this server cannot ask the others of its cluster just now" +
    unlessWaiting(of, "; try again, or give -wait=on"),
  punch_failed: (of) => ({ thenDo: afterNoPath(of) }),
  stream_reset: () => "the remote peer ended the transfer before all was there; ask who runs it",
  stream_lost: () => "the connection ended before all was there; start both sides again",
  no_streams: () => "the other side runs an older version that knows no streams; update it",
  server_unreachable: (of) => ({
    thenDo: `Is ${serverText(of.server)} right, and does the server run? Try \`${probeOf(of)}\``,
  }),
};

/** What to do where somebody else's Token holds the place. */
const TAKEN: Readonly<Record<Circumstances["by"], string>> = {
  address:
    "another program stands at the server under this -local; choose another number, end the other " +
    "program, or give both the same -token, so that the newer one takes over",
  code:
    "another program hosts this code, or did so until a moment ago; end that one, leave -code out " +
    "so that a new code is made, or give both the same -token, so that the newer one takes over",
};

/** How the library says that a server is older than codes. */
const IS_OUTDATED = /\bknows codes\b/;

/** How the server says that somebody else's Token holds the place. */
const IS_TAKEN = /\bToken\b/;

/** How the library says that the other side is there and closed. */
const IS_TURNED_AWAY = /closed the connection before it was open/;

/** How it says that the other side could not be proven to have the same secret. */
const IS_OTHER_SECRET = /has another secret/;

/** How it says that a host is connected, and its datagrams are missing. */
const IS_UNHEARD = /is connected, but no datagram/;

/** How the library says that a name has no address. */
const IS_NO_NAME = /^Cannot find /;

/** What to tell of an error. */
export function advise(
  { code, message }: PeerError,
  circumstances: Circumstances,
  consequence: Consequence,
): Advice {
  const sentence = SENTENCES[code]({ ...circumstances, message, consequence });
  return typeof sentence === "string"
    ? { sentence, wording: message }
    : { sentence: `${message.replace(/\.$/, "")}. ${sentence.thenDo}`, wording: undefined };
}

function refusedRequest({ by, message }: Case): Sentence {
  if (IS_OUTDATED.test(message)) {
    return { thenDo: "By address a host has -local, and who joins it -remote" };
  }
  return "the server does not accept the request; " +
    (by === "code" ? "" : "-remote must be another peer than this one, and ") +
    "the server must be no older than this program (-v shows the server's words)";
}

function afterNoPath(of: Case): string {
  if (IS_TURNED_AWAY.test(of.message)) return "Ask who runs it";
  if (!IS_OTHER_SECRET.test(of.message)) return `Try \`${probeOf(of)}\` on both sides`;
  const same = of.by === "code"
    ? "the same code, and the same -secret or none"
    : "the same -secret";
  return `If both have given ${same}, somebody sits between who does not have it, at the server or ` +
    "on the way: nothing was told to them; take another server";
}

function missingHost(of: Case): Sentence {
  const { start, server, by, remote, message } = of;
  if (IS_NO_NAME.test(message)) return { thenDo: "Is the name in -remote right?" };
  const name = nameOf(remote);
  if (IS_UNHEARD.test(message)) {
    return `${name} is connected to the server, which hears no UDP from there; a firewall on that ` +
      `side? Try \`${probeOf(of)}\` there`;
  }
  if (by === "code") {
    return "nobody hosts this code now: is the other side running, and on the same server " +
      `(${serverText(server)})? Compare the code` +
      unlessWaiting(of, ", or wait for it with -wait=on");
  }
  const host = remote === undefined
    ? "a host"
    : `\`${commandLine(start, "host", { server: serverText(server), local: remote.peerPort })}\``;
  return `nobody hosts ${name}; run ${host} there, compare -remote with what it prints` +
    unlessWaiting(of, ", or wait for it with -wait=on");
}

/** What somebody can do whose program ends; one that tries again does so by itself. */
function unlessWaiting({ consequence }: Case, advice: string): string {
  return consequence === "ends" ? advice : "";
}

function nameOf(remote: RemoteSpec | undefined): string {
  return remote === undefined ? "the other side" : formatRemote(remote);
}

function probeOf({ start, server }: Circumstances): string {
  return commandLine(start, "probe", { server: serverText(server) });
}
