import { assertEquals } from "@std/assert";
import { countsLine, junitCounts } from "../../scripts/junit_counts.ts";
import { type Ended, runToEnd } from "../support/child_process.ts";

const SUITES = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<testsuites name="deno test" tests="11" failures="2" errors="1" time="0.405">',
  '    <testsuite name="./a_test.ts" tests="7" disabled="2" errors="1" failures="2">',
  '        <testcase name="&lt;testsuite tests=&quot;9&quot;&gt;" classname="./a_test.ts">',
  '            <failure message="no">&lt;testsuite tests=&quot;9&quot;&gt;</failure>',
  "        </testcase>",
  "    </testsuite>",
  '    <testsuite name="./b.ts#2-5.ts" tests="4" disabled="0" errors="0" failures="0">',
  "    </testsuite>",
  "</testsuites>",
].join("\n");

Deno.test("the counts are the sum of all suites", () => {
  assertEquals(junitCounts(SUITES, 1), { passed: 6, failed: 3, skipped: 2 });
});

Deno.test("a failed run without a failed test counts as one failure", () => {
  const good = SUITES.replaceAll(/(errors|failures)="\d"/g, '$1="0"');
  assertEquals(junitCounts(good, 0), { passed: 9, failed: 0, skipped: 2 });
  assertEquals(junitCounts(good, 1), { passed: 9, failed: 1, skipped: 2 });
  assertEquals(junitCounts(undefined, 1), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("the line names the skipped tests only where there are some", () => {
  assertEquals(countsLine({ passed: 12, failed: 0, skipped: 0 }), "12 passed, 0 failed");
  assertEquals(countsLine({ passed: 1, failed: 2, skipped: 3 }), "1 passed, 2 failed, 3 skipped");
});

Deno.test("a real run is counted", async () => {
  const folder = await Deno.makeTempDir({ prefix: "counts " });
  try {
    const tests = [
      'Deno.test("good", () => {});',
      'Deno.test("bad", () => { throw new Error("<testsuite tests=\\"9\\">"); });',
      'Deno.test.ignore("later", () => {});',
    ];
    await Deno.writeTextFile(`${folder}/a_test.ts`, tests.join("\n"));
    await Deno.writeTextFile(`${folder}/b_test.ts`, tests[0]);
    const { code } = await deno(folder, "test", "--no-config", "--junit-path=junit.xml");
    const script = new URL("../../scripts/junit_counts.ts", import.meta.url).href;
    const counts = await deno(folder, "run", "--allow-read", script, "junit.xml", String(code));
    assertEquals(counts.stdout, "2 passed, 1 failed, 1 skipped\n");
    const absent = await deno(folder, "run", "--allow-read", script, "absent.xml", "1");
    assertEquals(absent.stdout, "0 passed, 1 failed\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function deno(cwd: string, ...args: string[]): Promise<Ended> {
  return await runToEnd([Deno.execPath(), ...args], { cwd });
}
