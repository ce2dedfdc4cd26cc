import { assertEquals } from "@std/assert";
import {
  formatFlowAddress,
  listenFor,
  parseForward,
  parseListen,
} from "../../../src/commands/forward/flow_address.ts";

function texts(parse: typeof parseForward, written: readonly string[]): (string | undefined)[] {
  return written.map(parse).map((address) => address && formatFlowAddress(address));
}

Deno.test("a prefix says what is carried, in any case, and without one it is UDP", () => {
  assertEquals(
    texts(parseForward, [
      "tcp:a:22",
      "TCP:[::1]:22",
      "udp:a:22",
      "a:22",
      "tcp:tcp:22",
      "udp:tcp:22",
    ]),
    ["tcp:a:22", "tcp:[::1]:22", "a:22", "a:22", "tcp:tcp:22", "udp:tcp:22"],
  );
  assertEquals(parseForward("udp:a:22")?.protocol, "udp");
});

Deno.test("what listens needs no host, what forwards does", () => {
  assertEquals(
    texts(parseListen, ["tcp:2222", "udp:2222", "2222", "tcp:[::]:2222", "tcp:localhost:1"]),
    ["tcp:127.0.0.1:2222", "127.0.0.1:2222", "127.0.0.1:2222", "tcp:[::]:2222", "tcp:localhost:1"],
  );
  assertEquals(
    texts(parseForward, ["tcp:2222", "2222", "tcp:", "sctp:a:1"]),
    Array(4).fill(undefined),
  );
  assertEquals(texts(parseListen, ["tcp:", "tcp:70000", "tcp:a", ""]), Array(4).fill(undefined));
});

Deno.test("clients are told a port that anybody can have", () => {
  const told = ["tcp:a:22", "a:53", "tcp:a:1023", "tcp:a:1024", "a:51820"]
    .map((text) => listenFor(parseForward(text)!));
  assertEquals(told, ["tcp:8022", "8053", "tcp:9023", "tcp:1024", "51820"]);
});
