/**
 * Other protocols, told by how they begin: who meets one is helped more by its name than by a byte.
 *
 * @module
 */

interface Greeting {
  /** The first bytes, white space before them left out; one char per byte. */
  readonly start: string;
  readonly name: string;
  readonly advice: string;
}

const HTTP_METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "DELETE", "PATCH", "PRI"];
const WITHOUT_HTTP = "send the request itself, without HTTP";
const WITHOUT_HEADER = "switch it off at the proxy, the peer's own address must be seen";
const NUL = "\0";
const PROXY_V2_SPACES = 4;

const GREETINGS: readonly Greeting[] = [
  { start: "\xef\xbb\xbf", name: "a byte order mark", advice: "send UTF-8 without one" },
  { start: "\xff\xfe", name: "text in UTF-16", advice: "send UTF-8" },
  { start: "\xfe\xff", name: "text in UTF-16", advice: "send UTF-8" },
  { start: "\x16\x03", name: "a TLS handshake", advice: "connect without TLS" },
  { start: "\x15\x03", name: "a TLS alert", advice: "this port is of another server" },
  ...HTTP_METHODS.map((method) => ({
    start: `${method} `,
    name: "an HTTP request",
    advice: WITHOUT_HTTP,
  })),
  { start: "HTTP/", name: "an HTTP response", advice: "this port is of a web server" },
  { start: "PROXY ", name: "a PROXY protocol header", advice: WITHOUT_HEADER },
  { start: "SSH-", name: "an SSH greeting", advice: "use another port for SSH" },
  { start: "\0\r\nQUIT\n", name: "a PROXY protocol header", advice: WITHOUT_HEADER },
  { start: NUL, name: "a NUL byte", advice: "send text in UTF-8" },
];

/**
 * Names the protocol that a stream begins with.
 *
 * @param start the first bytes that are no white space, one char per byte
 * @param spaces how many bytes of white space came before them
 * @returns what it is and what to do, `"undecided"` when more bytes would tell, or `undefined` when
 * it is none of those that are known
 */
export function foreignProtocol(start: string, spaces: number): string | undefined {
  // Binary headers of PROXY begin with two empty lines; no other NUL has to wait for more.
  const greetings = start === NUL && spaces !== PROXY_V2_SPACES
    ? GREETINGS.filter((greeting) => greeting.start === NUL)
    : GREETINGS;
  if (
    greetings.some((greeting) =>
      greeting.start.length > start.length && greeting.start.startsWith(start)
    )
  ) {
    return "undecided";
  }
  const known = greetings.find((greeting) => start.startsWith(greeting.start));
  return known && `${known.name}: ${known.advice}`;
}
