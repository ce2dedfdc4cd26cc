/**
 * Every cap and every duration of the peers' side, with the reason for its value.
 *
 * @module
 */

// --- Registration and the session with the server ---------------------------------------------

/** Pause before the first repetition of a registration; each further one waits twice as long. */
export const REGISTRATION_RETRY_MS = 250;

/** NAT mappings can end after 30 s without traffic (RFC 4787 asks for 2 minutes; many do less). */
export const REGISTRATION_REFRESH_MS = 20_000;

/**
 * A request from a new socket waits this long behind the registration of it: the server may still
 * have the one of the socket before, and would tell the remote peer of that. Datagrams take as long
 * as TCP does, give or take this much.
 */
export const REGISTRATION_LEAD_MS = 100;

/** KeepAlive of a session, well within the 90 s after which a server forgets a host. */
export const SESSION_KEEP_ALIVE_MS = 20_000;

/** An answer to a KeepAlive takes a round trip; TCP repeats a lost segment after 1 s or two. */
export const KEEP_ALIVE_ANSWER_MS = 5_000;

/** The same where something else hints that the session is dead. A false alarm costs a session. */
export const SUSPECT_ANSWER_MS = 1_000;

/**
 * The same for who stands by a name, whose address nobody needs to know: when it changes outside,
 * where this machine does not see it, only a missing answer shows it. A host is to be found again
 * within 6 s. It takes 45 bytes a second each way, and 16 us of the server's processor time.
 */
export const NAMED_KEEP_ALIVE_MS = 2_000;

/**
 * How long such a session waits for each answer once it has had one. Of two that are missing one at
 * least was not just lost on the way.
 */
export const NAMED_ANSWER_MS = 750;

/** Answers that may be missing in a row before another session takes over. */
export const MAX_MISSED_ANSWERS = 2;

/**
 * A client whose datagrams arrive is answered within a round trip. A silent server, or one that no
 * datagram reaches, would keep it for the whole lease timeout or for ever.
 */
export const ANSWER_TIMEOUT_MS = 30_000;

/** One address of the server gets this long to accept a connection. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** After this the next address is tried as well (the delay that RFC 8305 recommends). */
export const CONNECT_STAGGER_MS = 250;

/**
 * Pauses before a lost session is opened again, random between half of it and all. Of the longest
 * half is left for a thousand hosts that come back to spread over.
 */
export const RECONNECT = { firstMs: 500, longestMs: 30_000 };

/** Pauses before a host is asked for again that was not there: it may just be restarting. */
export const HOST_RETRY = { firstMs: 500, longestMs: 4_000 };

/** A session that lasted this long was sound: the next loss starts with the shortest pause. */
export const SESSION_SOUND_MS = 30_000;

/** How long a request is repeated that the server was too busy for, or that lost its session. */
export const REQUEST_RETRY_WINDOW_MS = 10_000;

/**
 * A new session is opened this often where the server answers no KeepAlive: a network that silently
 * forgot the old one (a restarted NAT) may not be noticed for a quarter of an hour otherwise.
 */
export const SESSION_RENEWAL_MS = 300_000;

/** How long the session before a renewal is kept, so that the new one takes over without a gap. */
export const SESSION_OVERLAP_MS = 2_000;

/** How often a peer looks whether this machine still has its address; costs one bind. */
export const ADDRESS_CHECK_MS = 2_000;

/** How often a host looks after its session because a client fell silent, which any client can. */
export const SUSPICION_PAUSE_MS = 30_000;

/** How long a host recognizes the introduction to the socket with which it asked for itself. */
export const MIRROR_KEPT_MS = 10_000;

/** A host hears of the socket with which it asked for itself within a round trip, or it is another. */
export const MIRROR_PROOF_MS = 2_000;

/** How often a host whose name is taken asks for it, which frees the name of a machine that was reset. */
export const GHOST_CHECK_MS = 60_000;

/** Whoever asks by both IP versions waits this long for the better one once the other has answered. */
export const FAMILY_GRACE_MS = 300;

// --- Punching ---------------------------------------------------------------------------------

/** A path that did not open by then will not. */
export const PUNCH_TIMEOUT_MS = 10_000;

/** Probes of one link leave at least this far apart (RFC 8445 allows one every 5 ms). */
export const PROBE_PACE_MS = 20;

/** How often each candidate is probed while there is no path, and the packets of a handshake go. */
export const PROBE_INTERVAL_MS = 250;

/** How long a better path, or one that moved, is looked for as often while another is in use. */
export const PROBE_EAGER_MS = 2_000;

/** Probes of a local endpoint that nothing was heard from: whose it is, nobody knows. */
export const MAX_LOCAL_PROBES = 8;

/**
 * Handshakes of one introduction that a responder holds until a sealed packet shows which is real:
 * whoever knows the PairKey can begin some.
 */
export const MAX_UNCONFIRMED_HANDSHAKES = 4;

/** A public path waits this long for a local one, which answers within a few milliseconds. */
export const LOCAL_PATH_GRACE_MS = 100;

/** A path whose answers come from elsewhere waits this long for one that answers by itself. */
export const INDIRECT_PATH_GRACE_MS = 500;

/** Endpoints of one remote peer that are probed, those that only its packets showed included. */
export const MAX_CANDIDATES = 16;

/** Local endpoints of a remote peer that are tried: as many as the protocol lets it name. */
export const MAX_LOCAL_CANDIDATES = 8;

/** Private endpoints of which a socket remembers how they were heard: those of 64 busy remote peers. */
export const MAX_HEARD_ENDPOINTS = 1_024;

/** Probes of one candidate that can still be answered; an answer comes within seconds or never. */
export const MAX_OUTSTANDING_PROBES = 8;

/**
 * Links of one socket that send without having heard anything, at the same time. 256 of them with two
 * candidates each send 2,000 packets a second.
 */
export const MAX_PUNCHING_LINKS = 256;

/** Links that wait for their turn to send, or listen after it; the next introduction is refused. */
export const MAX_WAITING_LINKS = 4_096;

/**
 * A datagram of another protocol is looked at for each link, to tell a plain peer from a bad NAT; with
 * more links than this, as hosts have them, a flood of such would cost too much.
 */
export const MAX_STRANGE_LINKS = 16;

/** A link that heard nothing for this long gives its turn to one that waits. */
export const SILENT_TURN_MS = 1_000;

/** Peers that the user is being asked about at a time: more come from a flood, and are refused. */
export const MAX_OPEN_QUESTIONS = 256;

/** How long the user may think about one: the peer gives up after twice as long. */
export const VERDICT_TIMEOUT_MS = 5_000;

/** Refusals of one socket that are under way; more are not said. */
export const MAX_REFUSALS = 256;

/** Packets with which a refusal opens the way, {@linkcode PROBE_INTERVAL_MS} apart: some get lost. */
export const REFUSAL_KNOCKS = 4;

/** How long a refused peer can hear of it: what TCP takes to repeat its introduction, and a bit. */
export const REFUSAL_MS = 3_000;

// --- An open link -----------------------------------------------------------------------------

/** Keep-alives: twice within the 30 s after which a NAT may forget a mapping. */
export const LINK_KEEP_ALIVE_MS = 15_000;

/** How soon an unanswered keep-alive is repeated. */
export const KEEP_ALIVE_RETRY_MS = 1_000;

/**
 * Traffic that goes one way for this long is probed. So is an idle link by the side that can have the
 * peers introduced again, or a remote peer that was restarted is missed only when somebody speaks:
 * 50 bytes a second, as often as WebRTC asks for consent (RFC 7675).
 */
export const UNHEARD_CHECK_MS = 3_000;

/** How soon a probe is repeated that such a check sent. */
export const UNHEARD_RETRY_MS = 500;

/** How soon a probe is repeated that a hint caused, and how soon their silence counts. */
export const HINTED_RETRY_MS = 250;

/** See {@linkcode HINTED_RETRY_MS}. */
export const HINTED_SILENCE_MS = 1_000;

/** Hints of one link are followed at most this often: anybody can forge one. */
export const HINT_PAUSE_MS = 2_000;

/** Packets that came before the introduction which explains them, of one socket. */
export const MAX_EARLY_PACKETS = 16;

/** And how long they are kept: as long as TCP takes to repeat a lost segment. */
export const EARLY_PACKET_KEPT_MS = 2_000;

/** Hints that one socket sends in a second. */
export const MAX_HINTS_PER_SECOND = 10;

/**
 * How long an impatient peer tries to meet again: with the time until a silence is noticed, about as
 * long as a silent link is kept.
 */
export const MEET_AGAIN_WINDOW_MS = 30_000;

/**
 * Who was met by a name may have moved without the server having noticed: it is asked for anew after so
 * long without a path, as long as most paths need, then longer and longer where one needs more.
 */
export const PATIENCES_MS: readonly number[] = [1_500, 1_500, 1_500, 3_000, 6_000];

/** The same for who is met for the first time, and once: by then it is found where it moved to. */
export const FIRST_PATIENCE_MS = 4_000;

/** Pause between attempts to meet again, where there is an introduction but no path. */
export const MEET_AGAIN_PAUSE_MS = 1_000;

/** How long the id of a link that ended is kept, and answers nothing. */
export const ENDED_ID_KEPT_MS = 60_000;

/** Such ids of one socket; the oldest goes. */
export const MAX_ENDED_IDS = 4_096;

/** Unanswered probes after which other paths are tried and the peers should meet again. */
export const SUSPECT_AFTER_PROBES = 3;

/** A remote peer that nothing came from for this long is lost. */
export const LINK_LOST_MS = 50_000;

/** A datagram that fits every path: IPv6 carries 1,280 bytes everywhere, headers and overhead in. */
export const BASE_DATAGRAM_BYTES = 1_200;

/** The packet of such a datagram. */
export const BASE_PACKET_BYTES = BASE_DATAGRAM_BYTES + 31;

/**
 * MTUs that links have, from IPv6's least to Ethernet's: tunnels, WireGuard's 1,420, PPPoE's 1,492.
 * Larger ones exist in laboratories alone, and what is cut into fragments passes for large.
 */
export const LINK_MTUS: readonly number[] = [
  ...[1_280, 1_300, 1_320, 1_340, 1_360, 1_380, 1_400, 1_420],
  ...[1_440, 1_452, 1_460, 1_472, 1_480, 1_492, 1_500],
];

/** How long a probe of a size waits for its answer (RFC 8899, 5.1.1: a second at least). */
export const MTU_PROBE_MS = 1_000;

/** Probes of a size that go unanswered before it is given up (RFC 8899, 5.1.2). */
export const MTU_PROBES = 3;

/** How often a size that is in use is looked at again: nobody acknowledges datagrams. */
export const MTU_CONFIRM_MS = 15_000;

/** How often larger sizes are tried again (RFC 8899, 5.1.1). */
export const MTU_RAISE_MS = 600_000;

/** News of one kind are told at most this often. */
export const NEWS_PAUSE_MS = 1_000;

/** The round-trip time, which always changes, is told more rarely. */
export const ROUND_TRIP_NEWS_MS = 5_000;

/** And only where it has changed by so much of itself, and a millisecond. */
export const ROUND_TRIP_NEWS_SHARE = 0.1;

/** What users may choose of the times of a link: more often is a flood, more rarely is of no use. */
export const TIME_RANGES = {
  keepAliveMs: { least: 1_000, most: 300_000 },
  checkAfterMs: { least: 1_000, most: 60_000 },
  lostAfterMs: { least: 6_000, most: 3_600_000 },
  punchTimeoutMs: { least: 1_000, most: 60_000 },
} as const;

/** An idle link is lost so long after a keep-alive at the earliest: three probes, and their answers. */
export const LOST_AFTER_KEEP_ALIVE_MS = 5_000;

/** Copies of the notice of a close, in case one is lost. */
export const CLOSE_NOTICES = 3;

/** Pause between the copies: a round trip on most paths, after which the first is acknowledged. */
export const CLOSE_NOTICE_INTERVAL_MS = 100;

/** UTF-8 of what an application says of a close: a sentence, which its notices carry three times. */
export const MAX_CLOSE_REASON_BYTES = 256;

/** Packets that a sender seals with one key before it changes to the next. */
export const REKEY_AFTER_PACKETS = 2 ** 28;

/** Packets under one key at the most, where the receiver does not follow: then the link ends. */
export const MAX_PACKETS_OF_KEY = 2 ** 32;

/** How long the key before the present one is kept for packets that were overtaken. */
export const LAST_KEY_KEPT_MS = 10_000;

/** Packets that may overtake each other and still be told from replayed ones. */
export const REPLAY_WINDOW_PACKETS = 1_024;

/** Largest datagram of a connection: what IPv4 carries, less the overhead of a packet. */
export const MAX_DATAGRAM_BYTES = 65_507 - 31;

// --- Streams ----------------------------------------------------------------------------------

/**
 * Bytes of one stream that wait to be taken before its writer is held back: two chunks of a file, as
 * runtimes read them.
 */
export const WRITE_AHEAD_BYTES = 131_072;

/** How long a reader who just got something waits for more: timers are not finer in Deno. */
export const GATHER_MS = 2;

/** Bytes that a reader gets at once, as chunks of 64 KiB: 2 ms at 100 MB/s. */
export const MAX_DELIVERY_BYTES = 262_144;

/** A remote peer that knows streams acknowledges the first packet within a round trip. */
export const STREAM_ANSWER_MS = 10_000;

/** How long a connection that is closed waits for what its streams have ended with. */
export const CLOSE_FLUSH_MS = 10_000;

// --- Queues -----------------------------------------------------------------------------------

/** Datagrams that wait to be iterated: half a second of a fast stream. The oldest is dropped. */
export const MAX_QUEUED_DATAGRAMS = 1_024;

/** Their bytes: so many of the largest that a path carries whole, and some more. */
export const MAX_QUEUED_DATAGRAM_BYTES = 2 * 1_024 * 1_024;

/**
 * Streams of one connection that wait to be iterated: as many as may be open, since a packet that was
 * overtaken or lost shows hundreds at once. The oldest is reset.
 */
export const MAX_QUEUED_STREAMS = 1_024;

/** Clients of a host that wait to be iterated. The oldest is closed. */
export const MAX_QUEUED_CLIENTS = 256;

/** Names whose Tokens are kept for the next use; who makes codes for ever forgets the oldest. */
export const MAX_KEPT_TOKENS = 1_024;

// --- Probe ------------------------------------------------------------------------------------

/** UDP is taken for blocked when five registrations in this time brought no introduction. */
export const PROBE_ANSWER_TIMEOUT_MS = 6_000;

/** How long `probe` tries to reach itself around its NAT. */
export const HAIRPIN_TIMEOUT_MS = 1_500;
