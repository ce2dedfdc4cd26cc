import { assertEquals } from "@std/assert";
import {
  formatHost,
  formatHostPort,
  formatRemote,
  type HostSpec,
  parseHost,
  parseHostPort,
  parsePeerPort,
  parseRemote,
} from "../../src/peer/names.ts";

/** How it was understood, in short. */
function describe(host: HostSpec | { kind: "own" } | undefined): string {
  if (host === undefined) return "nothing";
  return host.kind === "own" ? "own" : `${host.kind} ${formatHost(host)}`;
}

Deno.test("a server is a name or an address, with or without a port", () => {
  const read = (text: string) => {
    const { host, port } = parseHostPort(text, 6969)!;
    return `${describe(host)} ${port}`;
  };
  assertEquals(read("example.org"), "name example.org 6969");
  assertEquals(read("example.org:1"), "name example.org 1");
  assertEquals(read("203.0.113.7:65535"), "address 203.0.113.7 65535");
  assertEquals(read("2001:DB8::7"), "address 2001:db8::7 6969");
  assertEquals(read("[2001:db8::7]"), "address 2001:db8::7 6969");
  assertEquals(read("[2001:db8::7]:70"), "address 2001:db8::7 70");
});

Deno.test("zones, brackets and international names are taken wherever a machine is", () => {
  const written: [string, string][] = [
    ["fe80::1%eth0", "address fe80::1%eth0"],
    ["[FE80::1%wlan0.5]", "address fe80::1%wlan0.5"],
    ["[::1]", "address ::1"],
    ["bücher.example", "name xn--bcher-kva.example"],
    ["例え.テスト", "name xn--r8jz45g.xn--zckzah"],
    ["own", "name own"],
    ["[1.2.3.4]", "nothing"],
    ["1.2.3.4%eth0", "nothing"],
    ["fe80::1%", "nothing"],
    ["fe80::1%a b", "nothing"],
    ["[example.org]", "nothing"],
    ["300.1.1.1", "nothing"],
    ["bü cher", "nothing"],
    ["bü@cher", "nothing"],
  ];
  for (const [text, expected] of written) {
    assertEquals(describe(parseHost(text)), expected, text);
    assertEquals(describe(parseRemote(`${text}/2`)?.host), expected, text);
    const bracketed = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
    assertEquals(describe(parseHostPort(`${bracketed}:7`)?.host), expected, text);
  }
});

Deno.test("what is no server is none", () => {
  for (
    const text of [
      "",
      ":1",
      "host:",
      "host:0",
      "host:65536",
      "host:x",
      "[::1",
      "[1.2.3.4]:5",
      "a b",
    ]
  ) {
    assertEquals(parseHostPort(text, 6969), undefined, text);
  }
  assertEquals(parseHostPort("host"), undefined);
});

Deno.test("a remote peer is an address, a name or nothing, and a PeerPort", () => {
  const read = (text: string) => {
    const { host, peerPort } = parseRemote(text)!;
    return `${describe(host)} ${peerPort}`;
  };
  assertEquals(read("203.0.113.7/5"), "address 203.0.113.7 5");
  assertEquals(read("2001:DB8::7/-5"), "address 2001:db8::7 -5");
  assertEquals(read("[::1]/2"), "address ::1 2");
  assertEquals(read("example.org/0"), "name example.org 0");
  assertEquals(read("own/5"), "name own 5");
  assertEquals(read("/9223372036854775807"), "own 9223372036854775807");
  for (const text of ["", "1.2.3.4", "1.2.3.4/", "1.2.3.4/x", "a b/1", "[::1/1", "/1.5"]) {
    assertEquals(parseRemote(text), undefined, text);
  }
});

Deno.test("names are written as they are read", () => {
  for (const text of ["example.org:1", "203.0.113.7:2", "[2001:db8::7]:3"]) {
    assertEquals(formatHostPort(parseHostPort(text)!), text);
  }
  for (const text of ["example.org/1", "2001:db8::7/3", "fe80::1%eth0/3", "own/5", "/4"]) {
    assertEquals(formatRemote(parseRemote(text)!), text);
  }
});

Deno.test("a PeerPort is any 64-bit integer", () => {
  assertEquals(parsePeerPort("-9223372036854775808"), -(2n ** 63n));
  assertEquals(parsePeerPort("9007199254740993"), 9007199254740993n);
  for (const text of ["9223372036854775808", "+1", "1e3", "0x1", "", " 1"]) {
    assertEquals(parsePeerPort(text), undefined, text);
  }
});
