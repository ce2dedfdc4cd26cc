import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { until } from "../support/deadline.ts";
import { clientRequest, peerRequest, serverRequest } from "../support/messages.ts";
import { needs } from "../support/needs.ts";
import type { View } from "../browser/commands.ts";
import { HAS_BROWSER, WatchedPage } from "./watched_page.ts";
import { WatchedServer } from "./watched_server.ts";

const BROWSER = needs(HAS_BROWSER, "Chromium");
const IP = "127.0.0.1";
const DESKTOP: View = { colorScheme: "light", width: 1280 };
const VIEWS: Readonly<Record<string, View>> = {
  "a desktop, light": DESKTOP,
  "a desktop, dark": { colorScheme: "dark", width: 1280 },
  "a phone, light": { colorScheme: "light", width: 360 },
  "a phone, dark": { colorScheme: "dark", width: 360 },
};

/** Waits until the page shows something. */
async function shows(read: () => Promise<string>, text: string): Promise<void> {
  let seen = "";
  await until(async () => (seen = await read()) === text, () => `"${text}", not "${seen}"`);
}

Deno.test({
  name: "the page follows the traffic, fetches nothing but its events, and complains of nothing",
  ...BROWSER,
  fn: async () => {
    await using watched = await WatchedServer.start();
    const { test, url } = watched;
    await using page = await WatchedPage.open(url, DESKTOP);
    assertEquals(await page.text("#state"), "Ready");
    assertStringIncludes(await page.text("#unusual"), "Nothing: all is as it should be.");
    assertEquals(await page.tile("Hosts"), "0");
    await test.register(1);
    await test.register(2);
    const host = await test.ask(serverRequest(1));
    await host.send("");
    await test.ask(clientRequest(2, IP, 1));
    await test.ask(peerRequest(2, IP, 99));
    await test.ask(clientRequest(2, IP, 98));
    await shows(() => page.tile("Registered peers"), "2");
    await shows(() => page.tile("Hosts"), "1");
    await shows(() => page.tile("Waiting peers"), "1");
    await shows(() => page.tile("Introductions a minute"), "1");
    await shows(() => page.tile("Refusals a minute"), "1");
    const rows = await page.texts("#refusals tbody tr");
    assert(rows.includes("host_not_found\t1\t1"), rows.join("\n"));
    const { complaints, fetched } = await page.report();
    assertEquals(complaints, []);
    assertEquals(fetched.filter((each) => !each.startsWith("data:")), [url, `${url}events`]);
  },
});

for (const [name, view] of Object.entries(VIEWS)) {
  Deno.test({
    name: `on ${name}, axe finds nothing, and nothing is cut off`,
    ...BROWSER,
    fn: async () => {
      await using watched = await WatchedServer.start({ peers: "shown" });
      const { test } = watched;
      await test.register(1);
      await test.ask(serverRequest(1));
      test.server.drain(60_000);
      await using page = await WatchedPage.open(watched.url, view);
      assertEquals(await page.accessibilityFaults(), []);
      assertEquals(await page.overflow(), 0);
      assertEquals((await page.report()).complaints, []);
    },
  });
}

Deno.test({
  name: "dark mode is dark",
  ...BROWSER,
  fn: async () => {
    await using watched = await WatchedServer.start();
    const grounds: unknown[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await using page = await WatchedPage.open(watched.url, { colorScheme, width: 800 });
      grounds.push(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    }
    assertNotEquals(grounds[0], grounds[1]);
  },
});

Deno.test({
  name: "what is unusual is said in words, and to who listens only when it changes",
  ...BROWSER,
  fn: async () => {
    await using watched = await WatchedServer.start();
    await using page = await WatchedPage.open(watched.url, DESKTOP);
    const mutations = `
      window.changes = 0;
      new MutationObserver(() => window.changes++)
        .observe(document.getElementById("unusual"), { childList: true, subtree: true });`;
    await page.evaluate(mutations);
    const live = "document.getElementById('unusual').getAttribute('aria-live')";
    assertEquals(await page.evaluate(live), "polite");
    watched.test.server.drain(60_000);
    await shows(() => page.text("#state"), "Not ready: the server is draining");
    const said = "The server is draining: hosts are told to go elsewhere.";
    await shows(() => page.text("#unusual li"), said);
    const about = await page.text("#about");
    await until(async () => await page.text("#about") !== about, "another event");
    assertEquals(await page.evaluate("window.changes"), 1);
  },
});

Deno.test({
  name: "by keyboard a plot tells its values",
  ...BROWSER,
  fn: async () => {
    await using watched = await WatchedServer.start();
    await using page = await WatchedPage.open(watched.url, DESKTOP);
    await page.evaluate(`showHistory({ stepS: 10, series: Object.fromEntries(
      PLOTS.map(({ name }) => [name, [7, 8, 9]])) })`);
    await page.press("Tab");
    const focused = "document.activeElement.getAttribute('aria-label')";
    assertEquals(await page.evaluate(focused), "Registered peers: 9, at most 9");
    await page.press("ArrowLeft");
    assertEquals(await page.evaluate(focused), "Registered peers: 8, 10 s ago");
    await page.press("Home");
    await page.press("ArrowLeft");
    assertEquals(await page.evaluate(focused), "Registered peers: 7, 20 s ago");
    await page.press("End");
    assertEquals(await page.evaluate(focused), "Registered peers: 9 now");
  },
});

Deno.test({
  name: "peers are listed only where the operator has them shown",
  ...BROWSER,
  fn: async () => {
    for (const peers of ["shown", "hidden"] as const) {
      await using watched = await WatchedServer.start({ peers });
      await watched.test.register(1);
      await watched.test.ask(serverRequest(1));
      await using page = await WatchedPage.open(watched.url, DESKTOP);
      await shows(() => page.tile("Hosts"), "1");
      const isHidden = await page.evaluate("document.getElementById('peers-section').hidden");
      assertEquals(isHidden, peers === "hidden");
      const rows = await page.texts("#peers tbody tr");
      assertEquals(rows.length, peers === "shown" ? 1 : 0);
      assert(rows.every((row) => row.includes("127.0.0.1") && row.includes("hosting")));
    }
  },
});

Deno.test({
  name: "a server that is gone is said to be, and what is shown to be old",
  ...BROWSER,
  fn: async () => {
    const watched = await WatchedServer.start();
    await using page = await WatchedPage.open(watched.url, DESKTOP);
    await watched[Symbol.asyncDispose]();
    const said = "The server does not answer; what is shown is old";
    await shows(() => page.text("#state"), said);
  },
});
