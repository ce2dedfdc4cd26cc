/**
 * Every cap and every duration of the server, with the reason for its value.
 *
 * Names carry their unit. What an operator may want to change is a flag (see
 * `server/server_flags.ts`) and has its default here; the rest is fixed by the protocol
 * (docs/PROTOCOL.md) or by what a small machine can bear. What a message may measure is in
 * `protocol/limits.ts`.
 *
 * @module
 */

// --- Protocol durations ---------------------------------------------------------------------

/** A connection that has not said what it wants by then is a scanner or a broken client. */
export const FIRST_REQUEST_TIMEOUT_MS = 10_000;

/** A lease older than its connection by more than this may belong to the peer's last socket. */
export const FRESH_LEASE_MS = 1_000;

/** How long a session then waits for a newer datagram: one slow round trip to the server. */
export const STALE_LEASE_WAIT_MS = 100;

/** A peer that just changed networks gets this long before two addresses count as a mismatch. */
export const ADDRESS_MISMATCH_WAIT_MS = 2_000;

/** How often a session is looked at from then on: the datagrams may begin later. */
export const ADDRESS_MISMATCH_CHECK_MS = 1_000;

/** A timer that comes later than this shows that the process did not run. */
export const LATE_MS = 1_000;

/** How long what arrived meanwhile is received then, before anything expires. */
export const RECEIVING_ROUND_MS = 1_000;

/** A pause this long ends that sooner: what waits in the sockets comes without any. */
export const RECEIVING_PAUSE_MS = 50;

/** A host that just asked may still wait for its datagram: its Token guards it for so long. */
export const NEW_HOST_GUARD_MS = 2_000;

/** How long a finished session is read until its peer closes (a plain close could reset it). */
export const LINGER_MS = 1_000;

/** Largest `-drain`, in seconds: an hour, more than any supervisor waits for a process to end. */
export const MAX_DRAIN_S = 3_600;

/** While it drains, hosts are told to go elsewhere this often, as many as are due. */
export const DRAIN_STEP_MS = 100;

/** A stop waits this long for last answers to leave; the protocol allows 5 s in all. */
export const SHUTDOWN_TIMEOUT_MS = 2_000;

// --- What one connection may hold -----------------------------------------------------------

/** Some hundreds of undelivered introductions; then its clients wait. */
export const MAX_QUEUED_BYTES = 64 * 1024;

/**
 * Largest response: 700 bytes with eight IPv6 local endpoints, and a Note of 512 characters that
 * take six bytes each as escapes; rounded up.
 */
export const MAX_RESPONSE_BYTES = 4_096;

/** A connection that takes no byte of its output for this long is closed: it reads nothing. */
export const OUTPUT_STALL_MS = 10_000;

/** How often stalled output is looked for. */
export const OUTPUT_CHECK_MS = 1_000;

/** One read takes a usual request; small, because every idle session holds one such buffer. */
export const READ_BUFFER_BYTES = 256;

/**
 * Bytes read of one session. At once: four of the largest requests, more than any peer sends at its
 * start. Per second: seventeen KeepAlives, where one in 30 s is usual.
 */
export const SESSION_BYTES = { atOnce: 16 * 1024, perSecond: 512 };

/**
 * Bytes read of one address, ended and refused connections included. At once: the requests of 2,000
 * peers that start together, 512 bytes each. Per second: those of 500 more.
 */
export const ADDRESS_BYTES = { atOnce: 1024 * 1024, perSecond: 256 * 1024 };

/**
 * A connection's first bytes, which count and wait for nobody: a usual request, and the end of the
 * stream behind it.
 */
export const FREE_BYTES = 512;

/**
 * Longest pause before a read, however much an address has spent: what 10,000 connections read then
 * is five times its rate, and a connection that is gone is noticed.
 */
export const MAX_READ_PAUSE_MS = 2_000;

/**
 * Finished connections that may linger at the same time; those that do so for longest are closed for
 * newer ones. Each holds a descriptor and 10 KB, but none of the places that `-max_sessions` counts.
 */
export const MAX_LINGERING = 4_096;

// --- What the process may hold --------------------------------------------------------------

/** Default of `-lease_timeout`, in seconds: three refreshes of a peer that sends every 30 s. */
export const DEFAULT_LEASE_TIMEOUT_S = 90;

/** Below this `-lease_timeout`, in seconds, peers that register every 30 s lose their lease. */
export const SHORT_LEASE_TIMEOUT_S = 30;

/** Largest `-lease_timeout`, in seconds: a day. */
export const MAX_LEASE_TIMEOUT_S = 86_400;

/** Default of `-max_sessions`: about 100 MB, and far below the usual descriptor limits. */
export const DEFAULT_MAX_SESSIONS = 10_000;

/** Largest `-max_sessions`: the most descriptors Linux gives a process by default (`nr_open`). */
export const MAX_MAX_SESSIONS = 1_000_000;

/**
 * At a full server a session is given this long for its request, for its lease, and to meet whom it
 * waits for, before it may give way for the want of it.
 */
export const SHARE_GRACE_MS = 2_000;

/** A Peer that has waited this long may give way to anybody: who was to come would be here. */
export const SHARE_LONG_WAIT_MS = 60_000;

/** An IPv6 /32 has one share where its /48s hold this many: it is cheap to have all of them. */
export const SESSIONS_PER_BLOCK_SHARE = 16;

/** Default of `-max_leases`: 100 MB when full, 180 MB if each has a Token. */
export const DEFAULT_MAX_LEASES = 1_000_000;

/** `-max_leases` is above `-max_sessions` by this many at least: so one is always not in use. */
export const MIN_LEASES_BEYOND_SESSIONS = 1_000;

/** Largest `-max_leases`: 1 GB when full, 2 GB if each has a Token. */
export const MAX_MAX_LEASES = 10_000_000;

// --- What one network prefix may take (flags; 0 switches a limit off) ----------------------
//
// "address" is an IPv4 /32 or an IPv6 /64 (what one subscriber is given), "network" an IPv4 /24
// or an IPv6 /48 (what one site is given). Sized for a CGNAT address or a LAN party: 200 peers
// that all start in the same second send 800 datagrams and open 400 connections.

/** Registration datagrams per second from one address or network. */
export const DEFAULT_DATAGRAMS_PER_SECOND = { address: 2_000, network: 8_000 };

/**
 * New TCP connections per second from one address or network. An address's rate cannot be divided
 * among those who share it: a low one saves little, for a refusal costs half of what an accepted
 * connection does, and lets one neighbour keep the others out.
 */
export const DEFAULT_CONNECTIONS_PER_SECOND = { address: 5_000, network: 10_000 };

/** Open sessions of one address or network: off, as a full server shares out what it has. */
export const DEFAULT_SESSIONS = { address: 0, network: 0 };

/**
 * Leases of one address or network. Off: a full table gives up what nobody uses in any case, and
 * whoever reaches such a limit displaces those who share the prefix, which a forged source can do.
 */
export const DEFAULT_LEASES = { address: 0, network: 0 };

/** Largest value of a per-prefix flag. */
export const MAX_PER_PREFIX = 1_000_000_000;

/** A silent prefix may spend this many seconds of its rate at once. */
export const RATE_BURST_S = 5;

/** What was dropped so shortly before a request may have been meant for it. */
export const RECENT_DROPS_MS = 10_000;

/** Addresses whose drops are remembered: 100 KB. */
export const RECENT_DROPS_SLOTS = 4_096;

/**
 * Times per table and row, a power of two. With two rows, 1 in 10^9 chance that two prefixes share
 * both.
 */
export const PREFIX_TABLE_SLOTS = 32_768;

/**
 * Peers that must have come from one private address before it is taken for that of a NAT in front
 * of the server: more than one household's, and reached within seconds of any traffic.
 */
export const SOLE_SOURCE_PEERS = 5;

// --- Accepting and logging ------------------------------------------------------------------

/**
 * Connections that the system keeps until they are accepted (Linux caps it by
 * `net.core.somaxconn`): 9,900 hosts that return at the same moment are all connected after 0.9 s; with
 * the usual 128 it takes 2.3 s, since who finds the queue full tries again after a second.
 */
export const ACCEPT_QUEUE = 4_096;

/**
 * Connections that are accepted before what has arrived on others is read: where the processor is
 * short, accepting would leave no time for reading, and who was accepted would wait in vain.
 */
export const ACCEPTS_AT_ONCE = 64;

/** A stop accepts what waits in that queue, to tell it: until none came for this long. */
export const LAST_ACCEPT_PAUSE_MS = 20;

/** And for this long at most. */
export const LAST_ACCEPT_MS = 500;

/** Sessions given back when the descriptors run out, so that the process keeps some to work. */
export const DESCRIPTOR_RESERVE = 32;

/** How often so many more are admitted again: a burst of connections is over by then. */
export const DESCRIPTOR_RETRY_MS = 10_000;

/** Refusals are told to the abuse log this often at most. */
export const ABUSE_LOG_INTERVAL_MS = 60_000;

/** And in so many lines of each transport: 50 KB, a fifth of what may wait to be written. */
export const MAX_ABUSE_LOG_LINES = 512;

/** Limits that were reached are logged this often at most, with a count. */
export const LIMIT_REPORT_INTERVAL_MS = 60_000;

/** Peers with a private address are warned of this often at most: who reads it acts only once. */
export const LAN_REPORT_INTERVAL_MS = 3_600_000;
