import { assertEquals, assertThrows } from "@std/assert";
import { PeerError } from "../../../src/peer/errors.ts";
import { parseHostPort, parseRemote } from "../../../src/peer/names.ts";
import { routes } from "../../../src/peer/signaling/routes.ts";

const SERVER = parseHostPort("server.test:6969")!;
const DUAL = ["2001:db8::1", "203.0.113.1"];

function found(server: string[], remote: string[] | "own"): string[] {
  const spec = parseRemote(remote === "own" ? "/5" : "remote.test/5")!;
  const endpoints = server.map((address) => ({ address, port: 6969 }));
  return routes(SERVER, endpoints, spec, remote).map((route) =>
    `${route.server.address}>${
      typeof route.remote === "object" && "address" in route.remote ? route.remote.address : ""
    }`
  );
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

Deno.test("the server is not told the zone of a remote peer's address", () => {
  assertEquals(found(["fe80::1%eth0"], ["fe80::2%eth0"]), ["fe80::1%eth0>fe80::2"]);
});

Deno.test("without a shared family there is no route", () => {
  const error = assertThrows(() => found(["203.0.113.1"], ["2001:db8::7"]), PeerError);
  assertEquals((error as PeerError).code, "family_mismatch");
});
