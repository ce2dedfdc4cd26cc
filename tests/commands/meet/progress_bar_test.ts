import { assertEquals } from "@std/assert";
import { formatBytes, formatDuration, formatRate } from "../../../src/commands/meet/amounts.ts";
import { progressText, type Shown } from "../../../src/commands/meet/progress_bar.ts";

const HALF: Shown = {
  direction: "sent",
  bytes: 500_000_000,
  totalBytes: 1_000_000_000,
  recentBytes: 100_000_000,
  recentMs: 2_000,
};

Deno.test("bytes, rates and times are read at a glance", () => {
  const bytes = [0, 1, 999, 1_000, 1_234, 12_345, 999_499, 999_600, 1e9, 1.05e9, 123_456_789_012];
  assertEquals(bytes.map(formatBytes), [
    ...["0 bytes", "1 byte", "999 bytes", "1.00 kB", "1.23 kB", "12.3 kB", "999 kB", "1.00 MB"],
    ...["1.00 GB", "1.05 GB", "123 GB"],
  ]);
  assertEquals(formatBytes(2 ** 64), "18446744 TB");
  assertEquals([formatRate(5_000_000, 2_000), formatRate(1, 0)], ["2.50 MB/s", "0 bytes/s"]);
  assertEquals([0, 59_400, 59_600, 3_599_000, 3_660_000, 360_000_000].map(formatDuration), [
    ...["0 s", "59 s", "1 min 00 s", "59 min 59 s", "1 h 01 min", "100 h 00 min"],
  ]);
});

Deno.test("a bar where there is room for one, and never more than a line", () => {
  const text = "sent 500 MB of 1.00 GB (50 %), 50.0 MB/s, 10 s left";
  assertEquals(progressText([HALF], 79), `[##########----------] ${text}`);
  assertEquals(progressText([HALF], 1_000), `[${"#".repeat(20)}${"-".repeat(20)}] ${text}`);
  assertEquals(progressText([HALF], 60), text);
  assertEquals(progressText([HALF], 20), text.slice(0, 20));
});

Deno.test("without a total there are bytes and a rate, and both ways stand beside each other", () => {
  const unknown = { ...HALF, direction: "received", totalBytes: undefined };
  assertEquals(progressText([unknown], 79), "received 500 MB, 50.0 MB/s");
  assertEquals(
    progressText([HALF, unknown], 79),
    "sent 500 MB of 1.00 GB (50 %), 50.0 MB/s, 10 s left; received 500 MB, 50.0 MB/s",
  );
});

Deno.test("what goes on beyond its total, or stands still, makes no nonsense", () => {
  const beyond = { ...HALF, bytes: 2_000_000_000 };
  assertEquals(
    progressText([beyond], 60),
    "sent 2.00 GB of 1.00 GB (100 %), 50.0 MB/s, 0 s left",
  );
  const still = { ...HALF, recentBytes: 0 };
  assertEquals(progressText([still], 60), "sent 500 MB of 1.00 GB (50 %), 0 bytes/s");
  const empty = { ...still, bytes: 0, totalBytes: 0, recentMs: 0 };
  assertEquals(progressText([empty], 60), "sent 0 bytes of 0 bytes (100 %), 0 bytes/s");
});
