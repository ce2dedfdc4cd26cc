/**
 * What a peer says of itself when the server introduces it: a small JSON object in its Note
 * (docs/LINK.md). Claims inform. They identify nobody, since the server passes them on unread and
 * whoever has the PairKey could have made them, and nothing in them chooses how peers speak.
 *
 * @module
 */

import type { Endpoint } from "../address.ts";
import { MAX_NOTE_BYTES } from "../protocol/limits.ts";
import type { PeerPort } from "../protocol/message.ts";
import { parsePeerPort } from "./names.ts";

/** What a remote peer says of itself. Nobody vouches for it. */
export interface Claims {
  /** Its PeerPort; `undefined` where it says none, as peers of other programs do. */
  readonly peerPort: PeerPort | undefined;
  /**
   * The text of its user; of a peer of another program, its whole Note. `undefined` where there is
   * none. Text of somebody else: escape what hides before it is shown.
   */
  readonly note: string | undefined;
}

/** A remote peer that the server has just introduced, before anything was sent to it. */
export interface IntroducedPeer extends Claims {
  /** Where the server sees it. */
  readonly endpoint: Endpoint;
}

/**
 * Writes claims as a Note.
 *
 * @param note the text of the user, if any
 * @throws {TypeError} when it is no well-formed text
 * @throws {RangeError} when it leaves no room for the PeerPort
 */
export function writeClaims(peerPort: PeerPort, note: string | undefined): string {
  if (note !== undefined && (typeof note !== "string" || !note.isWellFormed())) {
    throw new TypeError("Cannot use note: expected a text without unpaired surrogates");
  }
  const claims = { PeerPort: `${peerPort}`, ...note === undefined ? {} : { Note: note } };
  const text = JSON.stringify(claims);
  const length = new TextEncoder().encode(text).length;
  if (length <= MAX_NOTE_BYTES) return text;
  throw new RangeError(
    `Cannot use note: expected one that fits ${MAX_NOTE_BYTES} bytes with the PeerPort, as JSON ` +
      `in UTF-8, received ${length} bytes`,
  );
}

/** Reads a Note. What is not made by {@linkcode writeClaims} is a text, and never a mistake. */
export function readClaims(note: string | undefined): Claims {
  if (note === undefined) return { peerPort: undefined, note: undefined };
  const claims = parseObject(note);
  const { PeerPort: port, Note: text } = claims ?? {};
  const peerPort = typeof port === "string" ? parsePeerPort(port) : undefined;
  const isText = text === undefined || typeof text === "string";
  return peerPort === undefined || !isText
    ? { peerPort: undefined, note }
    : { peerPort, note: text };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
