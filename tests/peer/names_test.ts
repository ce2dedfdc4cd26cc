import { assertEquals, assertThrows } from "@std/assert";
import { PeerError } from "../../src/peer/errors.ts";
import {
  formatHostPort,
  formatRemote,
  parseHostPort,
  parsePeerPort,
  parseRemote,
  routes,
} from "../../src/peer/names.ts";

Deno.test("a server is a name or an address, with or without a port", () => {
  const read = (text: string) => parseHostPort(text, 6969);
  assertEquals(read("example.org"), { host: "example.org", port: 6969 });
  assertEquals(read("example.org:1"), { host: "example.org", port: 1 });
  assertEquals(read("203.0.113.7:65535"), { host: "203.0.113.7", port: 65_535 });
  assertEquals(read("2001:DB8::7"), { host: "2001:db8::7", port: 6969 });
  assertEquals(read("[2001:db8::7]"), { host: "2001:db8::7", port: 6969 });
  assertEquals(read("[2001:db8::7]:70"), { host: "2001:db8::7", port: 70 });
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
  assertEquals(parseRemote("203.0.113.7/5"), { host: "203.0.113.7", peerPort: 5n });
  assertEquals(parseRemote("2001:DB8::7/-5"), { host: "2001:db8::7", peerPort: -5n });
  assertEquals(parseRemote("example.org/0"), { host: "example.org", peerPort: 0n });
  assertEquals(parseRemote("/9223372036854775807"), { host: "own", peerPort: 2n ** 63n - 1n });
  for (const text of ["", "1.2.3.4", "1.2.3.4/", "1.2.3.4/x", "a b/1", "[::1]/1", "/1.5"]) {
    assertEquals(parseRemote(text), undefined, text);
  }
});

Deno.test("names are written as they are read", () => {
  for (const text of ["example.org:1", "203.0.113.7:2", "[2001:db8::7]:3"]) {
    assertEquals(formatHostPort(parseHostPort(text)!), text);
  }
  for (const text of ["example.org/1", "2001:db8::7/3", "/4"]) {
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

const SERVER = { host: "server.test", port: 6969 };
const DUAL = ["2001:db8::1", "203.0.113.1"];

function found(server: string[], remote: string[] | "own"): string[] {
  const host = remote === "own" ? "own" : "remote.test";
  return routes(SERVER, server, { host, peerPort: 5n }, remote)
    .map((route) => `${route.server.address}>${route.remote.address}`);
}

Deno.test("the family that server and remote peer share is used", () => {
  assertEquals(found(DUAL, ["198.51.100.7"]), ["203.0.113.1>198.51.100.7"]);
  assertEquals(found(DUAL, ["2001:db8::7"]), ["2001:db8::1>2001:db8::7"]);
  assertEquals(found(DUAL, ["2001:db8::7", "198.51.100.7"]), [
    "2001:db8::1>2001:db8::7",
    "203.0.113.1>198.51.100.7",
  ]);
});

Deno.test("one's own address is IPv4 where the server has that", () => {
  assertEquals(found(DUAL, "own"), ["203.0.113.1>own", "2001:db8::1>own"]);
  assertEquals(found(["2001:db8::1"], "own"), ["2001:db8::1>own"]);
});

Deno.test("without a shared family there is no route", () => {
  const error = assertThrows(() => found(["203.0.113.1"], ["2001:db8::7"]), PeerError);
  assertEquals((error as PeerError).code, "family_mismatch");
});
