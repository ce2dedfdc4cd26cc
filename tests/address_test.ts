import { assertEquals } from "@std/assert";
import {
  endpointKey,
  familyOf,
  formatEndpoint,
  isPackedIpv4,
  isUnicastSource,
  packAddress,
  parseAddress,
  parseEndpoint,
  unmapAddress,
  unpackAddress,
  withoutZone,
} from "../src/address.ts";

const CANONICAL: Record<string, string> = {
  "0.0.0.0": "0.0.0.0",
  "255.255.255.255": "255.255.255.255",
  "203.0.113.7": "203.0.113.7",
  "1.20.199.249": "1.20.199.249",
  "::": "::",
  "::1": "::1",
  "1::": "1::",
  "0:0:0:0:0:0:0:0": "::",
  "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
  // RFC 5952, section 4.1: no leading zeros.
  "2001:0db8:0000:0000:0000:0000:0000:0001": "2001:db8::1",
  "2001:db8::00ab": "2001:db8::ab",
  // 4.2.1: as short as possible.
  "2001:db8:0:0:0:0:2:1": "2001:db8::2:1",
  "2001:db8::0:1": "2001:db8::1",
  // 4.2.2: one zero group alone is written out.
  "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
  "2001:db8::1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
  "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
  "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8",
  // 4.2.3: the longest run, and the first of two equal ones.
  "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
  "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
  "0:0:1:0:0:0:0:0": "0:0:1::",
  // 4.3: lower case.
  "2001:DB8::AbCd": "2001:db8::abcd",
  // Embedded IPv4: the mapped range is IPv4, others are IPv6.
  "::ffff:203.0.113.7": "203.0.113.7",
  "::FFFF:cb00:7107": "203.0.113.7",
  "0:0:0:0:0:ffff:203.0.113.7": "203.0.113.7",
  "::ffff:0:0": "0.0.0.0",
  "::203.0.113.7": "::cb00:7107",
  "::ffff:0:203.0.113.7": "::ffff:0:cb00:7107",
  "64:ff9b::203.0.113.7": "64:ff9b::cb00:7107",
  "1:2:3:4:5:6:203.0.113.7": "1:2:3:4:5:6:cb00:7107",
  "::fffe:203.0.113.7": "::fffe:cb00:7107",
  "0000:0000:0000:0000:0000:ffff:255.255.255.255": "255.255.255.255",
};

const NO_ADDRESSES = [
  "",
  " ",
  "localhost",
  "example.org",
  // IPv4: four decimal parts, each without leading zeros.
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.",
  ".1.2.3",
  "1..2.3",
  "1.2.3.256",
  "1.2.3.1000",
  "01.2.3.4",
  "1.2.3.00",
  "0x1.2.3.4",
  "1.2.3.a",
  "-1.2.3.4",
  "16909060",
  "1.2.3.4 ",
  " 1.2.3.4",
  "1.2.3.4\n",
  "\u0661.2.3.4",
  "1.2.3.4/32",
  "1.2.3.4:5",
  "[1.2.3.4]",
  // IPv6
  ":",
  ":::",
  "::::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  ":1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7:",
  ":1::2",
  "1::2:",
  "12345::",
  "g::",
  "::1 ",
  " ::1",
  "::1\n",
  "[::1]",
  "fe80::1%eth0",
  "::1/128",
  "::ffff:1.2.3",
  "::ffff:1.2.3.256",
  "::ffff:01.2.3.4",
  "::1.2.3.4:5",
  "1.2.3.4::",
  "1.2.3.4::5.6.7.8",
  "1:2:3:4:5:6:7:1.2.3.4",
  "0".repeat(46),
  "0000:0000:0000:0000:0000:0000:255.255.255.2555",
];

Deno.test("parseAddress writes every form of an address in its canonical form", () => {
  for (const [written, canonical] of Object.entries(CANONICAL)) {
    assertEquals(parseAddress(written), canonical, written);
    assertEquals(parseAddress(canonical), canonical, `${canonical} again`);
  }
});

Deno.test("parseAddress refuses what is not an address alone", () => {
  for (const text of NO_ADDRESSES) assertEquals(parseAddress(text), undefined, `"${text}"`);
});

Deno.test("unmapAddress turns a dual-stack socket's IPv4 peers into IPv4 and nothing else", () => {
  assertEquals(unmapAddress("::ffff:203.0.113.7"), "203.0.113.7");
  assertEquals(unmapAddress("203.0.113.7"), "203.0.113.7");
  assertEquals(unmapAddress("2001:db8::1"), "2001:db8::1");
  assertEquals(unmapAddress("::ffff:0:cb00:7107"), "::ffff:0:cb00:7107");
});

Deno.test("familyOf tells the IP version", () => {
  assertEquals(familyOf("203.0.113.7"), "IPv4");
  assertEquals(familyOf("::"), "IPv6");
});

Deno.test("endpoints are read and written in one form", () => {
  for (const text of ["203.0.113.7:1", "[2001:db8::1]:65535", "0.0.0.0:50123"]) {
    const endpoint = parseEndpoint(text);
    assertEquals(endpoint && formatEndpoint(endpoint), text);
  }
  assertEquals(parseEndpoint("[::FFFF:203.0.113.7]:5"), { address: "203.0.113.7", port: 5 });
  assertEquals(parseEndpoint("[2001:DB8:0::1]:5"), { address: "2001:db8::1", port: 5 });
});

Deno.test("parseEndpoint refuses what is not an address and a port", () => {
  const texts = [
    "",
    ":",
    "203.0.113.7",
    "203.0.113.7:",
    "203.0.113.7:0",
    "203.0.113.7:05",
    "203.0.113.7:+5",
    "203.0.113.7:65536",
    "203.0.113.7:100000",
    "203.0.113.7: 5",
    "203.0.113.7:5 ",
    "203.0.113.7:5:6",
    ":5",
    "example.org:5",
    "[203.0.113.7]:5",
    "2001:db8::1",
    "2001:db8::1:5",
    "[2001:db8::1]",
    "[2001:db8::1]5",
    "[2001:db8::1:5",
    "2001:db8::1]:5",
    "[fe80::1%eth0]:5",
    "[]:5",
    "[[::1]]:5",
  ];
  for (const text of texts) assertEquals(parseEndpoint(text), undefined, `"${text}"`);
});

Deno.test("isUnicastSource refuses what no honest datagram comes from", () => {
  const unicast = [
    "1.0.0.1",
    "127.0.0.1",
    "203.0.113.7",
    "223.255.255.255",
    "240.0.0.1",
    "255.255.255.254",
    "::1",
    "2001:db8::1",
    "fe80::1",
    "ff::1",
    "ffe:1::",
    "feff::1",
  ];
  const other = [
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "ff00::",
    "ff02::1",
    "ffff::1",
  ];
  for (const address of unicast) {
    assertEquals(isUnicastSource({ address, port: 1 }), true, address);
    assertEquals(isUnicastSource({ address, port: 0 }), false, `${address} port 0`);
  }
  for (const address of other) assertEquals(isUnicastSource({ address, port: 1 }), false, address);
});

Deno.test("addresses are packed as 128 bits and unpacked again", () => {
  const packed = (address: string) => {
    const { word0, word1, word2, word3 } = packAddress(address);
    return [word0, word1, word2, word3].map((word) => word >>> 0);
  };
  assertEquals(packed("203.0.113.7"), [0, 0, 0xffff, 0xcb007107]);
  assertEquals(packed("255.255.255.255"), [0, 0, 0xffff, 0xffffffff]);
  assertEquals(packed("::"), [0, 0, 0, 0]);
  assertEquals(packed("::1"), [0, 0, 0, 1]);
  assertEquals(packed("2001::"), [0x20010000, 0, 0, 0]);
  assertEquals(packed("1:2:3:4:5:6:7::"), [0x10002, 0x30004, 0x50006, 0x70000]);
  assertEquals(packed("::2:3:4:5:6:7:8"), [2, 0x30004, 0x50006, 0x70008]);
  assertEquals(packed("2001:db8:1:2:3:4:5:fffe"), [
    0x20010db8,
    0x00010002,
    0x00030004,
    0x0005fffe,
  ]);
  for (const address of Object.values(CANONICAL)) {
    assertEquals(unpackAddress(packAddress(address)), address);
  }
});

Deno.test("any run of zeros anywhere is packed and unpacked", () => {
  for (let zeros = 0; zeros < 256; zeros++) {
    const groups = Array.from({ length: 8 }, (_, i) => zeros >> i & 1 ? "0" : `${i + 1}abc`);
    const address = parseAddress(groups.join(":")) as string;
    assertEquals(unpackAddress(packAddress(address)), address);
  }
});

Deno.test("only an IPv4 address is packed as one", () => {
  assertEquals(isPackedIpv4(packAddress("0.0.0.0")), true);
  for (const address of ["::", "::1", "::fffe:0:1", "0:0:1:0:0:ffff::", "::1:0:ffff:0:0"]) {
    assertEquals(isPackedIpv4(packAddress(address)), false, address);
  }
});

Deno.test("endpoints that differ have different keys, and those of IPv4 are numbers", () => {
  const texts = [
    "0.0.0.0:1",
    "0.0.0.1:1",
    "0.0.0.1:65535",
    "127.0.0.1:1",
    "128.0.0.1:1",
    "255.255.255.255:65535",
    "[::1]:1",
    "[::1]:2",
    "[::]:1",
  ];
  const keys = texts.map((text) => endpointKey(parseEndpoint(text)!));
  assertEquals(new Set(keys).size, texts.length);
  assertEquals(keys.map((key) => typeof key === "number"), texts.map((text) => text[0] !== "["));
  assertEquals(keys[5], 2 ** 48 - 1);
});

Deno.test("an address without its zone is the same as before where it has none", () => {
  assertEquals(withoutZone("fe80::1%eth0"), "fe80::1");
  assertEquals(withoutZone("fe80::1"), "fe80::1");
  assertEquals(withoutZone("192.0.2.1"), "192.0.2.1");
});
