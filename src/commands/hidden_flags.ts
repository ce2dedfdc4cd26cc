/**
 * Flags whose texts nobody else is to see.
 *
 * @module
 */

import type { TextFlag } from "../cli/flags.ts";
import { DEFAULT_PORT, MIN_SECRET_CODE_POINTS, parseCode } from "../peer/mod.ts";
import { type HostPort, parseHostPort, parseToken, TOKEN_WORDS } from "../peer/names.ts";

/** A text that nobody is to see; {@linkcode STANDARD_INPUT} stands for the first line of that. */
type HiddenFlag<Value> = TextFlag<Value, "optional">;

/** The value of a flag whose text comes from standard input. */
export const STANDARD_INPUT = "-";

/** A code as it was given. */
export interface GivenCode {
  /** The server that stood before it, as in `SERVER/CODE`. */
  readonly server: HostPort | undefined;
  /** As it is written, or {@linkcode STANDARD_INPUT}. */
  readonly code: string;
}

/** Flag `-token`. */
export const token: HiddenFlag<string> = {
  kind: "text",
  presence: "optional",
  valueName: "TEXT",
  help:
    "Secret by which the server knows this peer again after a restart; - reads it from standard " +
    "input (default: random)",
  expected: TOKEN_WORDS,
  parse: parseToken,
  secrecy: "hidden",
};

/** Flag `-secret`. */
export const secret: HiddenFlag<string> = {
  kind: "text",
  presence: "optional",
  valueName: "TEXT",
  help:
    `Text of at least ${MIN_SECRET_CODE_POINTS} characters that both sides give, with a code or ` +
    "without one, and the server never hears; - reads it from standard input",
  expected: `at least ${MIN_SECRET_CODE_POINTS} characters`,
  parse: (text) =>
    text === STANDARD_INPUT || [...text.normalize("NFC")].length >= MIN_SECRET_CODE_POINTS
      ? text
      : undefined,
  secrecy: "hidden",
};

/** Flag `-code`, or the code alone. */
export const code: HiddenFlag<GivenCode> = {
  kind: "text",
  presence: "optional",
  valueName: "CODE",
  help:
    "What both sides give to meet each other, whatever their addresses, as -code=CODE, CODE or " +
    "SERVER/CODE; - reads it from standard input (default of a host without -local: a new one)",
  expected: "CODE or SERVER/CODE",
  form: "named or bare",
  parse: (text) => {
    const read = readGivenCode(text);
    return typeof read === "string" ? undefined : read;
  },
  refusal: (text) => readGivenCode(text) as string,
  secrecy: "hidden",
};

/** Reads a code with or without a server. @returns what is wrong with it, without the code */
function readGivenCode(text: string): GivenCode | string {
  if (text === STANDARD_INPUT) return { server: undefined, code: text };
  const slash = text.lastIndexOf("/");
  const [before, rest] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  const server = parseServer(before);
  if (slash >= 0 && server === undefined) {
    return "expected HOST or HOST:PORT before the slash, received another text";
  }
  if (rest.trim() === "") {
    const place = slash < 0 ? "CODE or SERVER/CODE" : "a code after the slash";
    return `expected ${place}, received nothing`;
  }
  const fault = codeFault(rest);
  return fault === undefined ? { server, code: parseCode(rest) } : withHint(fault, text);
}

/** A code could be a name as well, and would be looked up in public. */
function parseServer(text: string): HostPort | undefined {
  return codeFault(text) === undefined ? undefined : parseHostPort(text, DEFAULT_PORT);
}

/** What is wrong with a code, without the code. */
function codeFault(text: string): string | undefined {
  try {
    parseCode(text);
  } catch (error) {
    return (error as TypeError).message.replace(/^Cannot use this code: /, "");
  }
  return undefined;
}

/** What was probably meant instead. */
function withHint(fault: string, text: string): string {
  const [first, ...more] = text.replace(/^.*\//, "").trim().split(/\s+/);
  if (more.length > 0 && codeFault(first) === undefined) {
    return "expected one code, received more behind it";
  }
  if (/^-?\d+$/.test(first)) return `${fault}; a peer by its address is -remote=IP/PEERPORT`;
  return /[.:]/.test(first)
    ? `${fault}; a server is -server=HOST, or stands before a code as HOST/`
    : fault;
}
