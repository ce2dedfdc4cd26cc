import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { peerRequest } from "../support/messages.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";
import { WatchedServer } from "./watched_server.ts";

Deno.test("every place answers, and the others say what there is", async () => {
  await using watched = await WatchedServer.start();
  const types = {
    "": "text/html; charset=utf-8",
    "status.json": "application/json; charset=utf-8",
    "metrics": "text/plain; version=0.0.4; charset=utf-8",
    "healthz": "text/plain; charset=utf-8",
    "readyz": "text/plain; charset=utf-8",
  };
  for (const [path, type] of Object.entries(types)) {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(watched.url + path, { method });
      const { headers } = response;
      assertEquals([response.status, headers.get("content-type")], [200, type], path);
      assertEquals([headers.get("cache-control"), headers.get("x-content-type-options")], [
        "no-store",
        "nosniff",
      ]);
      assertEquals((await response.text()).length > 0, method === "GET");
    }
  }
  assertEquals(await watched.answer("etc/passwd"), [
    404,
    "expected /, /status.json, /metrics, /healthz or /readyz\n",
  ]);
});

Deno.test("nothing can be changed: only GET and HEAD are answered", async () => {
  await using watched = await WatchedServer.start();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch(watched.url, { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
});

Deno.test("/readyz is 503 with the reason while a total is reached, and while it drains", async () => {
  await using watched = await WatchedServer.start({ settings: { maxSessions: 1 } });
  const { test } = watched;
  assertEquals(await watched.answer("readyz"), [200, "ready\n"]);
  const client = await test.ask(peerRequest(1, "127.0.0.1", 2));
  assertEquals(await watched.answer("readyz"), [503, "all 1 sessions are taken (max_sessions)\n"]);
  client.close();
  test.server.drain(60_000);
  assertEquals(await watched.answer("readyz"), [503, "the server is draining\n"]);
  assertEquals(await watched.answer("healthz"), [200, "ok\n"]);
});

Deno.test("the page is whole, and its policy lets nothing else in", async () => {
  await using watched = await WatchedServer.start();
  const response = await fetch(watched.url);
  const html = await response.text();
  const policy = response.headers.get("content-security-policy")!;
  assertStringIncludes(policy, "default-src 'none'");
  assertEquals(policy.includes("unsafe"), false);
  assertEquals([...html.matchAll(/<script/g)].length, 1);
  assert(!/(?:src|href)="(?!data:|status\.json|metrics|readyz)/.test(html), "an outside asset");
});

Deno.test("events tell of now, and of the history to whoever has none and when it grew", async () => {
  const watchClock = new VirtualClock(0);
  await using watched = await WatchedServer.start({ watchClock });
  const response = await fetch(`${watched.url}events`);
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => JSON.parse((await reader.read()).value!.replace(/^data: /, ""));
  const lengths = [(await next()).history.series.leases.length];
  await watched.test.register(1);
  for (let ms = 2_000; ms <= 12_000; ms += 2_000) {
    watchClock.runUntil(ms);
    const { leases, history } = await next();
    assertEquals(leases, 1);
    lengths.push(history?.series.leases.length);
  }
  // The clock of the samples and that of the events meet at 10 s.
  const none = undefined;
  assertEquals(lengths, [0, 0, none, none, none, 1, none]);
  await reader.cancel();
});
