/**
 * What a message may measure, for both sides.
 *
 * @module
 */

/** A registration is about 20 bytes, with the longest Token about 110; the rest is white space. */
export const MAX_REGISTRATION_BYTES = 512;

/** With a Token, names, eight IPv6 local endpoints and the longest Note it takes about 1,500 bytes. */
export const MAX_REQUEST_BYTES = 4096;

/** Messages nest twice at most; a bound keeps decoding from ever depending on the stack. */
export const MAX_JSON_DEPTH = 16;

/** Long enough for 256 random bits in any usual text form; a name may be as long. */
export const MAX_TOKEN_CHARS = 64;

/** Room for a public key or two and a few words; all in escapes, it still fits a request. */
export const MAX_NOTE_BYTES = 512;

/** More interfaces than a peer can usefully probe within one punching attempt. */
export const MAX_LOCAL_ENDPOINTS = 8;

/** Explanations quote what came: this much of it, so that an answer stays one small segment. */
export const MAX_QUOTED_CHARS = 64;
