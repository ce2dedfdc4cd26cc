import { assertEquals } from "@std/assert";
import { notReadyReason } from "../../src/http/health.ts";
import { FakeSource } from "./fake_source.ts";

Deno.test("new peers are welcome until a total is reached", () => {
  const source = new FakeSource();
  source.sessions = { connected: 1, registering: 2, hosting: 90, waiting: 6 };
  source.leases = 999;
  assertEquals(notReadyReason(source), undefined);
  source.sessions.waiting++;
  assertEquals(notReadyReason(source), "all 100 sessions are taken (max_sessions)");
  source.sessions.waiting--;
  source.leases++;
  assertEquals(notReadyReason(source), "all 1000 leases are taken (max_leases)");
});

Deno.test("they should go elsewhere once the server is about to stop", () => {
  const source = new FakeSource();
  source.phase = "draining";
  assertEquals(notReadyReason(source), "the server is draining");
  source.phase = "stopping";
  assertEquals(notReadyReason(source), "the server is stopping");
});
