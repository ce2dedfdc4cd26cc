/**
 * Every cap and every duration of the commands, with the reason for its value.
 *
 * @module
 */

// --- What people are told ---------------------------------------------------------------------

/**
 * A server that hears a peer answers within a round trip. After this silence it is said that it
 * hears none: soon enough for somebody who watches, and after four registrations.
 */
export const UNHEARD_AFTER_MS = 3_000;

/** How long `host` and `join` wait for an answer before they look whether the server hears them. */
export const HEARING_CHECK_MS = 1_000;

/** Pauses between the questions of a host for its own name: its registration may be late. */
export const ANNOUNCE = { firstMs: 1_000, longestMs: 60_000 };

/** A host that could not learn its name so often has a server that does not tell. */
export const ANNOUNCE_ATTEMPTS = 10;

// --- Connections ------------------------------------------------------------------------------

/** Pauses before a connection that carries flows is opened again, random between half and all. */
export const REOPEN = { firstMs: 500, longestMs: 30_000 };

/** A connection that lasted this long was sound: the next loss starts with the shortest pause. */
export const SOUND_MS = 30_000;

/** A command that was told to stop says goodbye for this long; the protocol allows 5 s in all. */
export const STOP_TIMEOUT_MS = 3_000;

// --- Pipes ------------------------------------------------------------------------------------

/**
 * Lines that a pipe sends at once, before a pause of {@linkcode PIPE_PAUSE_MS}. A Linux socket holds
 * about 270 small datagrams, so a receiver that is busy for 50 ms still loses none.
 */
export const PIPE_BURST_LINES = 4;

/** The shortest pause that timers keep. */
export const PIPE_PAUSE_MS = 1;

/**
 * How long the other side of a pipe may take to say what it is: the library needs 10 s to find out
 * that a version knows no streams.
 */
export const PIPE_HELLO_MS = 12_000;

/**
 * How long a pipe whose stream was given up waits for the end of the connection, which says why: it
 * follows at once, unless it was lost.
 */
export const PIPE_FAREWELL_MS = 1_000;

/** How often it is said how far a stream is: what people can read. */
export const PROGRESS_MS = 250;

/** The time over which its rate is taken: long enough for a figure that stands still. */
export const RATE_WINDOW_MS = 5_000;

// --- Flows ------------------------------------------------------------------------------------

/** A flow that carried nothing for this long is closed: what RFC 4787 asks of a NAT. */
export const FLOW_IDLE_MS = 120_000;

/** Clients of one listener. */
export const MAX_CLIENTS = 1_024;

/** Flows of `-forward` over all connections: each has a socket, and many systems allow 1,024. */
export const MAX_FLOWS = 800;

/**
 * Datagrams that are given to a socket before it is waited for. The system takes each at once unless
 * its buffer is full, and then more of them would only take memory.
 */
export const MAX_UNSENT_DATAGRAMS = 64;

/** After this it is known how large a packet a path carries: four sizes are tried for 3 s each. */
export const PATH_SIZE_KNOWN_MS = 15_000;

/** A service that answers nothing for this long is said to be silent, and its name is looked up. */
export const SERVICE_SILENT_MS = 5_000;

/** How often it is looked whether a service that is known to be absent has come. */
export const SERVICE_ABSENT_MS = 1_000;

/** Pause before a port of TCP is opened anew that had no descriptor left for a client. */
export const REOPEN_PORT_MS = 100;

/** How long an address of a TCP service may take to answer before the next one is tried. */
export const SERVICE_CONNECT_MS = 10_000;

/**
 * Silence after which the system asks whether the other end of a TCP connection still exists: soon
 * enough that those of a machine that was switched off do not add up.
 */
export const TCP_KEEP_ALIVE_MS = 60_000;

// --- Probe ------------------------------------------------------------------------------------

/** Silences after which `probe` looks at the mapping again. */
export const SILENCES_MS: readonly number[] = [5_000];

/** The same with `-long`. */
export const LONG_SILENCES_MS: readonly number[] = [5_000, 30_000, 60_000];
