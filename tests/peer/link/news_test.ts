import { assertEquals } from "@std/assert";
import { type LinkFacts, News } from "../../../src/peer/link/news.ts";
import { NEWS_PAUSE_MS, ROUND_TRIP_NEWS_MS } from "../../../src/peer/limits.ts";
import { A, B } from "./link_pair.ts";

const FACTS: LinkFacts = {
  path: { kind: "public", endpoint: A },
  roundTripMs: 20,
  maxDatagramBytes: 1_200,
};

function kinds(news: News, facts: Partial<LinkFacts>, nowMs: number): string[] {
  return news.take({ ...FACTS, ...facts }, nowMs).map(({ kind }) => kind);
}

Deno.test("what has not changed is no news, nor a round trip that hardly has", () => {
  const news = new News(FACTS, 0);
  assertEquals(kinds(news, {}, 0), []);
  assertEquals(kinds(news, { roundTripMs: 21.9 }, 0), []);
  assertEquals(news.nextMs(FACTS), Infinity);
  const fast = new News({ ...FACTS, roundTripMs: 0.2 }, 0);
  assertEquals(fast.take({ ...FACTS, roundTripMs: 0.9 }, 0), [], "within a millisecond");
});

Deno.test("each kind is told at once, then once in a while, the last of it", () => {
  const news = new News(FACTS, 0);
  const other = { path: { kind: "public", endpoint: B } } as const;
  assertEquals(kinds(news, other, 5), ["path"]);
  assertEquals(kinds(news, {}, 6), []);
  assertEquals(news.nextMs(FACTS), 5 + NEWS_PAUSE_MS);
  assertEquals(kinds(news, other, 7), [], "back before it was told");
  assertEquals(news.nextMs({ ...FACTS, ...other }), Infinity);
  assertEquals(kinds(news, {}, 4 + NEWS_PAUSE_MS), []);
  assertEquals(kinds(news, {}, 5 + NEWS_PAUSE_MS), ["path"]);

  assertEquals(kinds(news, { roundTripMs: 30 }, 10_000), ["round_trip"]);
  assertEquals(kinds(news, { roundTripMs: 40 }, 9_999 + ROUND_TRIP_NEWS_MS), []);
  assertEquals(kinds(news, { roundTripMs: 40 }, 10_000 + ROUND_TRIP_NEWS_MS), ["round_trip"]);
  assertEquals(kinds(news, { roundTripMs: 40, maxDatagramBytes: 1_441 }, 20_000), ["max_datagram"]);
});
