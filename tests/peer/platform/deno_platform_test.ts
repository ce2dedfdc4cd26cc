import { assertEquals, assertThrows } from "@std/assert";
import { denoPlatform } from "../../../src/peer/platform/deno_platform.ts";

const { network } = denoPlatform;

Deno.test("a machine knows which addresses it has, with the network permission alone", () => {
  assertEquals(network.hasAddress("127.0.0.1"), true);
  assertEquals(network.hasAddress("::1"), true);
  // Of a documentation network (RFC 5737, RFC 3849): nobody's.
  assertEquals(network.hasAddress("203.0.113.213"), false);
  assertEquals(network.hasAddress("2001:db8::213"), false);
});

Deno.test("only an address that is gone is one that a machine does not have", () => {
  const listen = Deno.listenDatagram;
  const fail = (error: Error) => {
    Deno.listenDatagram = () => {
      throw error;
    };
  };
  try {
    // All descriptors are taken: the address is none the worse.
    fail(Object.assign(new Error("Too many open files"), { code: "EMFILE" }));
    assertEquals(network.hasAddress("127.0.0.1"), true);
    fail(new Deno.errors.AddrNotAvailable("Cannot assign requested address"));
    assertEquals(network.hasAddress("127.0.0.1"), false);
    assertThrows(() => network.openUdp("IPv4"), Deno.errors.AddrNotAvailable);
  } finally {
    Deno.listenDatagram = listen;
  }
});
