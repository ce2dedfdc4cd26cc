import { assertEquals, assertStringIncludes } from "@std/assert";
import { SourceWarning } from "../../src/server/source_warning.ts";
import { MemoryLog } from "../support/test_server.ts";

Deno.test("that all peers come from one private address is said once", () => {
  const log = new MemoryLog();
  const sole: { address?: string } = {};
  const warning = new SourceWarning(() => sole.address, log);
  warning.check();
  assertEquals(log.warnings, []);
  sole.address = "172.17.0.1";
  warning.check();
  warning.check();
  assertEquals(log.warnings.length, 1);
  assertStringIncludes(log.warnings[0], "all peers come from 172.17.0.1: is a NAT in front of");
});
