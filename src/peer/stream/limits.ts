/**
 * Every cap and every duration of the streams, with the reason for its value.
 *
 * @module
 */

// --- Memory -----------------------------------------------------------------------------------

/**
 * Streams that either side may have open at once: five times the 200 connections that a forwarded
 * web site opens, and without data they cost 1 MB.
 */
export const MAX_OPEN_STREAMS = 1_024;

/**
 * Streams that a remote peer may open in a millisecond, beyond {@linkcode MAX_OPEN_STREAMS} at once. One
 * that is opened and reset takes 9 bytes to send, and 115 us of processor time here, most of them for
 * its two ends: without this 100 packets a second would keep a core busy.
 */
export const OPENINGS_PER_MS = 2;

/** A packet that allows more allows so many: 31 a second at the most. */
export const LEAST_OPENINGS = 64;

/**
 * What a remote peer may send on one stream before anything of it was read, in bytes: whatever the
 * others hold, so that a stream that nobody reads holds up no other. 64 MB for all that may be open.
 */
export const FIRST_STREAM_WINDOW_BYTES = 64 * 1_024;

/** The same as soon as its reader has shown that there is one: 50 ms at 10 MB/s, and losses in it. */
export const READ_STREAM_WINDOW_BYTES = 2 * 1_024 * 1_024;

/** The same once its reader has shown that it keeps up: 300 ms at 27 MB/s. */
export const MAX_STREAM_WINDOW_BYTES = 8 * 1_024 * 1_024;

/** What all windows may have beyond the first of each: two streams at their best. */
export const MAX_WINDOW_GROWTH_BYTES = 16 * 1_024 * 1_024;

/** A window of which a quarter is read within this time, or a round trip, is too small. */
export const WINDOW_GROWTH_MS = 10;

/** Bytes that one stream takes from its writer, however little its path carries. */
export const FIRST_SEND_BUFFER_BYTES = 1_024 * 1_024;

/** Bytes that each stream takes from its writer, whatever the others hold. */
export const LEAST_SEND_BUFFER_BYTES = 64 * 1_024;

/** Bytes that one stream holds until they are acknowledged: what the largest window lets it send. */
export const MAX_SEND_BUFFER_BYTES = 8 * 1_024 * 1_024;

/** Bytes that all streams hold, above what each may hold anyway. */
export const MAX_TOTAL_SEND_BUFFER_BYTES = 16 * 1_024 * 1_024;

/**
 * Gaps between pieces of one stream that arrived: every second of the packets that the largest window
 * takes. A packet that would make one more counts as lost.
 */
export const MAX_GAPS = 4_096;

/** Bytes that one `read` gives at the most where its caller says nothing else. */
export const READ_BYTES = 64 * 1_024;

/**
 * What all connections of a socket hold for their users, in bytes, beyond what each may in any case:
 * half the memory of a small server. Without it a thousand remote peers could make a host hold 80 GB.
 */
export const MAX_HELD_BYTES = 256 * 1_024 * 1_024;

/**
 * One connection may hold one part in so many of what the others leave: 64 MB alone, as much as its
 * windows and buffers promise, and thirty that hold all they can still leave 50 KB for the next.
 */
export const HELD_PART = 4;

/** What one connection may hold in any case, in bytes: two streams that nobody reads. */
export const LEAST_HELD_BYTES = 128 * 1_024;

/** The first memory of a direction, in bytes: a packet or two, so that each stream goes on. */
export const FIRST_RING_BYTES = 4 * 1_024;

/** What an open stream holds in any case, in bytes: its objects, and the first of each direction. */
export const STREAM_BYTES = 4 * 1_024 + 2 * FIRST_RING_BYTES;

// --- Packets ----------------------------------------------------------------------------------

/** The smallest body in which everything has its place: an acknowledgement and one of each frame. */
export const MIN_BODY_BYTES = 256;

/** The largest body: what IPv4 carries, less the overhead of a packet of a link. */
export const MAX_BODY_BYTES = 65_507 - 31;

/** All that can be owed about one stream, or about all: three frames of a kind and three numbers. */
export const MAX_OWED_BYTES = 64;

/** A piece of a stream is not begun at the end of a packet that has less room than this. */
export const LEAST_PIECE_BYTES = 32;

/** Packets that are sent and not settled, or may still be acknowledged late: 18 MB of 1,200 bytes. */
export const MAX_SENT_PACKETS = 16_384;

/** Frames of these packets: small writes on many streams share a packet. */
export const MAX_SENT_FRAMES = 65_536;

/** One packet number in so many is left out: acknowledging it is a lie. */
export const SKIP_EVERY_PACKETS = 512;

// --- Acknowledgements -------------------------------------------------------------------------

/** Ranges of packet numbers that a receiver remembers; the oldest goes. */
export const MAX_RECEIVED_RANGES = 512;

/** Ranges in one acknowledgement: 20 ms of reordering at 100 Mbit/s make 70. */
export const MAX_ACK_RANGES = 128;

/** Packets after which an acknowledgement is due: each costs its sender as much as any packet. */
export const ACK_EVERY_PACKETS = 10;

/** How long an acknowledgement waits for more packets, in milliseconds: two ticks of a timer. */
export const ACK_DELAY_MS = 4;

/** How fine the delay of an acknowledgement is told, in parts of a millisecond. */
export const ACK_DELAY_PARTS = 16;

/** A delay above this is not believed. */
export const MAX_ACK_DELAY_MS = 250;

// --- Loss -------------------------------------------------------------------------------------

/** Timers are not finer than this in Deno. */
export const TIMER_MS = 2;

/** A window of reordering is this part of the least round trip at first (RFC 8985). */
export const REORDERING_PART = 1 / 4;

/** Rounds with losses that were all real, after which the window shrinks again (RFC 8985: 16). */
export const REORDERING_KEPT_ROUNDS = 16;

/** Probes follow each other at this pause at the most, so that an outage is left within it. */
export const MAX_PROBE_PAUSE_MS = 1_000;

/** How long a lost packet can still be acknowledged, in round trips: later nothing is to be learnt. */
export const LOST_KEPT_ROUND_TRIPS = 4;

/** Probes that are sent together: one of them may be lost. */
export const PROBES_AT_ONCE = 2;

/** Packets that say how far a stream may be sent: one of them may be lost, and its sender stand still. */
export const LIMITS_AT_ONCE = 2;

// --- Congestion -------------------------------------------------------------------------------

/** Packets that are sent before anything is known, over the first round trip. */
export const FIRST_PACKETS = 32;

/** Packets that may always be on their way: fewer would wait for delayed acknowledgements. */
export const LEAST_PACKETS = ACK_EVERY_PACKETS + 2;

/**
 * What may be on its way beyond two paths full, in milliseconds: for timers and delayed
 * acknowledgements on both sides.
 */
export const SLACK_MS = 2 * ACK_DELAY_MS;

/**
 * Loss beyond what the path loses anyway, above which it is full. BBR's own 2 % is too near what a
 * radio or a small receive buffer loses.
 */
export const EXCESS_LOSS = 0.1;

/** Loss at the start that is too much for anything but a queue that is full and too short to be seen. */
export const FLOODING_LOSS = 0.4;

/** Packets below the rate of the path over which its loss is averaged: 2 % of error at 20 %. */
export const LOSS_FLOOR_PACKETS = 1_024;

/** Rounds that must all have lost as much, give or take {@linkcode LOSS_FLOOR_MARGIN}. */
export const LOSS_FLOOR_ROUNDS = 8;

/** By how much the luckiest of these rounds may have lost less: two deviations of 500 packets. */
export const LOSS_FLOOR_MARGIN = 0.03;

/** Loss that is made up for at the most: above this nobody can work anyway. */
export const MAX_LOSS_FLOOR = 0.4;

/** Rounds at an even pace between two attempts to send more; random, so that senders take turns. */
export const CRUISE_ROUNDS = { least: 4, most: 8 };

/** How many times longer that is where such attempts bring nothing but loss. */
export const MAX_PATIENCE = 4;

/** How long the least round trip is believed. */
export const LEAST_ROUND_TRIP_KEPT_MS = 10_000;

/** How long hardly anything is sent to measure it again. */
export const PROBE_ROUND_TRIP_MS = 200;

/** What a late timer makes up for at once, in milliseconds: two ticks in Deno. */
export const PACING_CREDIT_MS = 5;

/** The same in packets: the receive buffer of a system holds 90. */
export const PACING_CREDIT_PACKETS = 64;

/** What a sender keeps of what is on its way when a queue that stands overflows (RFC 9438 as well). */
export const YIELD_PART = 0.7;

/** By how much that grows with each round trip in which no queue stood. */
export const REGAIN = 1.25;
