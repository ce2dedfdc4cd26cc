/**
 * Inputs that are made to cost more than they weigh, each of a given number of bytes, and plain
 * ones to compare them with.
 *
 * @module
 */

/** One input to measure. */
export interface CostlyInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What fills the input up: a unit that is repeated between a start and an end. */
interface Filling {
  readonly start: string;
  readonly unit: string;
  readonly end: string;
}

const PEER_PORT = '"PeerPort":5';
const KEEP_ALIVE = '"ConnectionType":"KeepAlive"';

const NOTE = '{"ConnectionType":"Server","LocalPeerPort":1,"Token":"t","Note":"';

/** Values of a member that nobody asked for. */
const UNKNOWN_VALUES: Readonly<Record<string, Filling>> = {
  "text": { start: '"', unit: "x", end: '"' },
  "escapes": { start: '"', unit: "\\u0041", end: '"' },
  "short escapes": { start: '"', unit: "\\n", end: '"' },
  "surrogates": { start: '"', unit: "\\ud83d\\ude00", end: '"' },
  "two bytes a character": { start: '"', unit: "é", end: '"' },
  "three bytes a character": { start: '"', unit: "☃", end: '"' },
  "four bytes a character": { start: '"', unit: "😀", end: '"' },
  "texts": { start: '["a"', unit: ',"\\u0041"', end: "]" },
  "empty texts": { start: '[""', unit: ',""', end: "]" },
  "a long number": { start: "1", unit: "0", end: "" },
  "a long fraction": { start: "0.", unit: "9", end: "e5" },
  "numbers": { start: "[0", unit: ",0", end: "]" },
  "literals": { start: "[null", unit: ",true", end: "]" },
  "lists": { start: "[[]", unit: ",[]", end: "]" },
  "objects": { start: "[{}", unit: ',{"":{}}', end: "]" },
  "deep nesting": { start: "[0", unit: `,${"[".repeat(14)}${"]".repeat(14)}`, end: "]" },
  "white space between": { start: "[0", unit: " , 0", end: "]" },
};

const UNITS_OF_MEMBERS: Readonly<Record<string, string>> = {
  "tiny members": ',"":0',
  "members with escapes": ',"\\u0041":0',
  "members that begin like ours": ',"PeerPor\\u0041":0',
  "duplicates": `,${PEER_PORT}`,
  "duplicates in another case": ',"peerport":5',
  "duplicates with escapes": ',"\\u0050eerPort":5',
  "duplicates of long numbers": ',"PeerPort":9223372036854775807',
  "duplicates of a Token": ',"Token":"\\u0041"',
  "Kelvin signs": ',"To\u212aen":"a"',
};

/** Datagrams of a length: good ones first in cost, then what is dropped. */
export function costlyDatagrams(length: number): CostlyInput[] {
  return [
    ...members(`{${PEER_PORT}`, length),
    input("a Token of escapes", '{"PeerPort":5,"Token":"', "\\u0041", '"}', length),
    input("a PeerPort of many digits", '{"PeerPort":5.', "0", "}", length),
    input("a PeerPort of a long exponent", '{"PeerPort":5e', "0", "}", length),
    input("a PeerPort of too many digits", '{"PeerPort":', "9", "}", length),
    ...junk(length),
  ];
}

/** Requests of a length. */
export function costlyRequests(length: number): CostlyInput[] {
  return [
    ...members(`{${KEEP_ALIVE}`, length),
    input("a type that is quoted", '{"ConnectionType":"', "\\u202e", '"}', length),
    input("a type of many characters", '{"ConnectionType":"', "😀", '"}', length),
    input("a type that is a list", '{"ConnectionType":[0', ",0", "]}", length),
    input("a long number that is quoted", '{"ConnectionType":1', "1", "}", length),
    input(
      "an address of escapes",
      '{"ConnectionType":"Peer","LocalPeerPort":1,"RemotePeerPort":2,"RemoteIP":"',
      "\\u003a",
      '"}',
      length,
    ),
    input(
      "an address of colons",
      '{"ConnectionType":"Peer","LocalPeerPort":1,"RemotePeerPort":2,"RemoteIP":"',
      ":",
      '"}',
      length,
    ),
    input(
      "too many local endpoints",
      '{"ConnectionType":"Server","LocalPeerPort":1,"Token":"t","LocalEndpoints":[""',
      ',""',
      "]}",
      length,
    ),
    input(
      "a name of escapes",
      '{"ConnectionType":"Server","LocalPeerPort":1,"Token":"t","LocalName":"',
      "\\u0031",
      '"}',
      length,
    ),
    input("a Note of escapes", NOTE, "\\u0031", '"}', length),
    input("a Note of surrogates", NOTE, "\\ud83d\\ude00", '"}', length),
    input("a Note of three bytes a character", NOTE, "☃", '"}', length),
    input(
      "long local endpoints",
      '{"ConnectionType":"Server","LocalPeerPort":1,"Token":"t","LocalEndpoints":["',
      "\\u0031",
      '"]}',
      length,
    ),
    ...junk(length),
  ];
}

/** Many requests in as many bytes as one may have. */
export function denseRequests(length: number): CostlyInput[] {
  return [
    input("KeepAlives", "", `{${KEEP_ALIVE}}`, "", length),
    input("KeepAlives with a Token", "", `{${KEEP_ALIVE},"Token":"\\u0041"}`, "", length),
    input("KeepAlives of escapes", "", `{${KEEP_ALIVE},"":"${"\\u0041".repeat(40)}"}`, "", length),
  ];
}

/** A registration of a length, filled up with white space. */
export function plainDatagram(length: number): Uint8Array {
  return input("plain", `{${PEER_PORT}`, " ", "}", length).bytes;
}

/** A request of a length, filled up with white space. */
export function plainRequest(length: number): Uint8Array {
  return input("plain", `{${KEEP_ALIVE}`, " ", "}", length).bytes;
}

function members(start: string, length: number): CostlyInput[] {
  return [
    ...Object.entries(UNKNOWN_VALUES).map(([name, filling]) =>
      input(name, `${start},"x":${filling.start}`, filling.unit, `${filling.end}}`, length)
    ),
    ...Object.entries(UNITS_OF_MEMBERS).map(([name, unit]) =>
      input(name, start, unit, "}", length)
    ),
  ];
}

function junk(length: number): CostlyInput[] {
  const invalidAtEnd = input("invalid UTF-8 at the end", '{"x":"', "é", 'x"}', length).bytes;
  invalidAtEnd[invalidAtEnd.lastIndexOf(0x78)] = 0xff;
  return [
    { name: "invalid UTF-8 at the end", bytes: invalidAtEnd },
    input("a text without an end", '{"x":"', "\\u0041", "", length),
    input("a text of backslashes", '{"x":"', "\\\\", "", length),
    input("nesting that is too deep", "", "[", "", length),
    input("objects that nest too deep", "", '{"":', "", length),
    input("letters", "", "x", "", length),
    input("a list instead", "[0", ",0", "]", length),
    input("a text instead", '"', "\\u202e", '"', length),
  ];
}

/** As many units as have room; spaces fill the rest. */
function input(
  name: string,
  start: string,
  unit: string,
  end: string,
  length: number,
): CostlyInput {
  const encoder = new TextEncoder();
  const [head, middle, tail] = [start, unit, end].map((text) => encoder.encode(text));
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(head);
  let at = head.length;
  for (; at + middle.length + tail.length <= length; at += middle.length) bytes.set(middle, at);
  bytes.set(tail, at);
  return { name, bytes };
}
