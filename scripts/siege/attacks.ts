/**
 * The attacks of a siege, as a table.
 *
 * @module
 */

import type { Address } from "../../src/address.ts";
import {
  clientRequest,
  datagram,
  peerRequest,
  serverRequest,
} from "../../tests/support/messages.ts";
import { attackerAddress, randomAddress } from "./addresses.ts";
import { ClientBurst, ReturningHosts } from "./burst.ts";
import { Hold } from "./hold.ts";
import { MuteHosts } from "./mute_hosts.ts";
import type { Raid, Stage } from "./raid.ts";
import { Churn, DatagramStorm } from "./storm.ts";

/** One attack. */
export interface Attack {
  /** What happens, in words. */
  readonly what: string;
  /** Flags of the server: places are few where it would take long to take many. */
  readonly flags?: readonly string[];
  /** An attacker's address that one peer of each honest pair has as well. */
  readonly shared?: Address;
  /** Nobody reads what the server prints. */
  readonly printed?: "unread";
  /** For so long the server's process stands still. */
  readonly stoppedMs?: number;
  /** Default: nobody attacks. */
  readonly raid?: (stage: Stage) => Raid;
}

/** Where nobody is: who asks for it waits. */
const NOBODY = { address: "127.9.9.9", peerPort: 1 };
const DATAGRAM_BYTES = 504;
const REQUEST_BYTES = 4_096;
const FEW_SESSIONS = 2_000;
/** As few as one may allow beside {@linkcode FEW_SESSIONS}, with room to spare. */
const FEW_LEASES = ["-max_sessions=2000", "-max_leases=20000"];
const NEIGHBOUR = attackerAddress(0);

const waiting = (i: number) => peerRequest(i, NOBODY.address, NOBODY.peerPort);
const unknownHost = (i: number) => clientRequest(i, NOBODY.address, NOBODY.peerPort);

/** All of them, by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  peace: { what: "nobody attacks" },
  sleepers: {
    what: "10,000 Peer sessions of 4 addresses, each registered 4 times a minute",
    raid: (stage) =>
      new Hold(stage, {
        count: 10_000,
        address: (i) => attackerAddress(i % 4),
        request: waiting,
        registeredEachS: 15,
      }),
  },
  idle4: idle(4),
  idle40: idle(40),
  idle400: idle(400),
  one_address: {
    what: "one address waits in 1,100 sessions, of 1,000",
    flags: ["-max_sessions=1000"],
    raid: (stage) =>
      new Hold(stage, {
        count: 1_100,
        address: () => NEIGHBOUR,
        request: waiting,
        registeredEachS: 15,
      }),
  },
  forged13: forged(13_500),
  forged45: forged(45_000),
  lease_quota: {
    what: "250 registrations a second from a shared address that may have 500 leases",
    flags: ["-leases_per_address=500"],
    shared: NEIGHBOUR,
    raid: (stage) =>
      new DatagramStorm(stage, {
        perSecond: 250,
        address: () => NEIGHBOUR,
        payload: (i) => datagram(1e9 + i),
        aheadMs: 3_000,
      }),
  },
  junk: {
    what: "junk at twice the rate of an address, which is shared",
    shared: NEIGHBOUR,
    raid: (stage) =>
      new DatagramStorm(stage, {
        perSecond: 4_000,
        address: () => NEIGHBOUR,
        payload: () => "junk",
        aheadMs: 6_000,
      }),
  },
  escapes_tcp: {
    what:
      "2,400 hosts of one address send 4 KB KeepAlives full of escapes as fast as they are read",
    raid: (stage) =>
      new Hold(stage, {
        count: 2_400,
        address: () => NEIGHBOUR,
        request: (i) => serverRequest(i),
        registeredEachS: 15,
        repeated: escapes('{"ConnectionType":"KeepAlive","x":"', REQUEST_BYTES),
      }),
  },
  escapes_udp: {
    what: "10,000 datagrams a second of 504 bytes full of escapes, from random sources",
    raid: (stage) => {
      const payload = escapes('{"PeerPort":5,"x":"', DATAGRAM_BYTES);
      return new DatagramStorm(stage, {
        perSecond: 10_000,
        address: randomAddress,
        payload: () => payload,
        aheadMs: 1_000,
      });
    },
  },
  spent_bytes: {
    what: "1,000 connections a second from a shared address, each of which sends 4 KB and stays",
    shared: NEIGHBOUR,
    raid: (stage) =>
      new Churn(stage, {
        perSecond: 1_000,
        atOnce: 3_000,
        address: NEIGHBOUR,
        request: () => " ".repeat(REQUEST_BYTES - 1),
      }),
  },
  neighbour2500: neighbour(2_500),
  neighbour5000: neighbour(5_000),
  burst: burst(705, "one", "705 clients of one peer wait, and one datagram comes for all"),
  bursts: burst(1_500, "many", "1,500 registered clients of one address ask in one moment"),
  mute_hosts: {
    what: "a host that never reads, and 2,000 clients a second for it",
    raid: (stage) => new MuteHosts(stage, 1, 2_000),
  },
  unread_output: {
    what: "nobody reads what the server prints at debug, 500 connections a second",
    flags: ["-log_level=debug"],
    printed: "unread",
    raid: (stage) => churn(stage, 500),
  },
  return: {
    what: "9,900 hosts return in one moment",
    raid: (stage) => new ReturningHosts(stage, 9_900),
  },
  stopped: {
    what: "the process stands still for 12 s while 50 peers wait and register, leases last 10 s",
    flags: ["-lease_timeout=10"],
    stoppedMs: 12_000,
    raid: (stage) =>
      new Hold(stage, {
        count: 50,
        address: (i) => attackerAddress(i),
        request: waiting,
        registeredEachS: 4,
      }),
  },
};

function idle(networks: number): Attack {
  return {
    what:
      `idle connections from ${networks} networks come again at once, for ${FEW_SESSIONS} places`,
    flags: [`-max_sessions=${FEW_SESSIONS}`],
    raid: (stage) =>
      new Hold(stage, { count: FEW_SESSIONS * 1.2, address: (i) => attackerAddress(i % networks) }),
  };
}

function forged(perSecond: number): Attack {
  return {
    what: `${perSecond} registrations a second from random sources, for 20,000 leases`,
    flags: FEW_LEASES,
    raid: (stage) =>
      new DatagramStorm(stage, {
        perSecond,
        address: randomAddress,
        payload: datagram,
        aheadMs: 3_000,
      }),
  };
}

function neighbour(perSecond: number): Attack {
  return {
    what: `${perSecond} connections a second from an address that is shared`,
    shared: NEIGHBOUR,
    raid: (stage) => churn(stage, perSecond),
  };
}

function churn(stage: Stage, perSecond: number): Raid {
  return new Churn(stage, { perSecond, atOnce: 500, address: NEIGHBOUR, request: unknownHost });
}

function burst(clients: number, peers: "one" | "many", what: string): Attack {
  return { what, raid: (stage) => new ClientBurst(stage, clients, peers) };
}

/** A message of this many bytes whose last member is full of escapes. */
function escapes(start: string, bytes: number): string {
  const end = '"}';
  const escaped = "\\u0041";
  return start + escaped.repeat(Math.floor((bytes - start.length - end.length) / escaped.length)) +
    end;
}
