/**
 * UDP and TCP on one port of one or all addresses.
 *
 * @module
 */

import { type Address, type Endpoint, unmapAddress } from "../address.ts";
import { errorLine } from "../error_text.ts";
import { ACCEPT_QUEUE } from "../limits.ts";

/** Sockets on the same address and port. */
export interface Listener {
  readonly endpoint: Endpoint;
  readonly tcp: Deno.TcpListener;
  readonly udp: Deno.DatagramConn;
}

/** What the operator did wrong; one line. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** What was to be listened on, and the flags that say another place. */
export interface ListenAttempt {
  readonly hostname: Address;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
  readonly flags: { readonly host: string; readonly port: string };
}

const SERVER_FLAGS = { host: "-host", port: "-port" };

/** Attempts to find a port that is free for both TCP and UDP, when any will do. */
const FREE_PORT_ATTEMPTS = 20;

/**
 * Listens on each of some addresses, or on all addresses of both families.
 *
 * @param hosts addresses to listen on; none means all of this machine
 * @param port 0 takes any free port, the same for all
 * @throws {ListenError} when the port is in use, not permitted, or `--unstable-net` is missing; then
 * nothing listens
 */
export function listen(hosts: readonly Address[], port: number): Listener[] {
  if (!("listenDatagram" in Deno)) {
    throw new ListenError(
      'Cannot open UDP: expected "unstable": ["net"] in deno.json beside main.ts, or --unstable-net',
    );
  }
  if (hosts.length === 0) return listenOnAll(port);
  const listeners: Listener[] = [];
  try {
    for (const host of hosts) {
      listeners.push(listenOn(host, listeners[0]?.endpoint.port ?? port));
    }
  } catch (error) {
    for (const listener of listeners) close(listener);
    throw error;
  }
  return listeners;
}

/**
 * On Linux `::` takes IPv4 as well, and `0.0.0.0` on top of it is in use; on Windows each family
 * has its own socket; a host without IPv6 has `0.0.0.0` only.
 */
function listenOnAll(port: number): Listener[] {
  const ipv6 = attempt(() => listenOn("::", port));
  if (ipv6 instanceof ListenError && !isWithoutIpv6(ipv6)) throw ipv6;
  if (ipv6 instanceof ListenError) return [listenOn("0.0.0.0", port)];
  const ipv4 = attempt(() => listenOn("0.0.0.0", ipv6.endpoint.port));
  if (!(ipv4 instanceof ListenError)) return [ipv6, ipv4];
  if (isDualStack(ipv4)) return [ipv6];
  close(ipv6);
  throw ipv4;
}

/** Closes both sockets; closing twice does nothing. */
export function close({ tcp, udp }: Listener): void {
  for (const socket of [tcp, udp]) {
    try {
      socket.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

function listenOn(hostname: Address, port: number): Listener {
  for (let left = port === 0 ? FREE_PORT_ATTEMPTS : 1;; left--) {
    let tcp: Deno.TcpListener | undefined;
    try {
      tcp = Deno.listen({ hostname, port, tcpBacklog: ACCEPT_QUEUE });
      const udp = Deno.listenDatagram({ transport: "udp", hostname, port: tcp.addr.port });
      const address = unmapAddress(tcp.addr.hostname);
      return { endpoint: { address, port: tcp.addr.port }, tcp, udp };
    } catch (error) {
      tcp?.close();
      if (error instanceof Deno.errors.AddrInUse && left > 1) continue;
      const protocol = tcp === undefined ? "TCP" : "UDP";
      throw listenError(error, { hostname, port, protocol, flags: SERVER_FLAGS });
    }
  }
}

function attempt(open: () => Listener): Listener | ListenError {
  try {
    return open();
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
}

/** Everything but "in use" and "not permitted" says that there is no such address here. */
function isWithoutIpv6({ cause }: ListenError): boolean {
  return !(cause instanceof Deno.errors.AddrInUse) &&
    !(cause instanceof Deno.errors.PermissionDenied) &&
    !(cause instanceof Deno.errors.NotCapable);
}

function isDualStack({ cause }: ListenError): boolean {
  return cause instanceof Deno.errors.AddrInUse && Deno.build.os !== "windows";
}

/** What is wrong, and what to do about it. */
export function listenError(error: unknown, attempt: ListenAttempt): ListenError {
  const { hostname, port } = attempt;
  return new ListenError(`Cannot listen on ${hostname} port ${port}: ${reason(error, attempt)}`, {
    cause: error,
  });
}

function reason(error: unknown, { protocol, port, flags }: ListenAttempt): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `expected a free ${protocol} port, it is in use; stop the other program (${
      whoHas(protocol, port)
    } names it) or choose another ${flags.port}`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "expected an address of this machine, it has no such address; choose another " +
      flags.host;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `expected permission, the system denies it; choose another ${flags.port} (those below ` +
      "1024 need privileges)";
  }
  return errorLine(error);
}

/** The command that names the program behind a port. */
function whoHas(protocol: "TCP" | "UDP", port: number): string {
  switch (Deno.build.os) {
    case "windows":
      return "netstat -abn";
    case "darwin":
      return `lsof -i ${protocol}:${port}`;
    default:
      return `ss -lp${protocol === "TCP" ? "t" : "u"} "sport = :${port}"`;
  }
}
