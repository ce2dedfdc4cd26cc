import { assertEquals } from "@std/assert";
import { parseLcov, percentOf, sumCoverage } from "../../scripts/coverage.ts";

const REPORT = `SF:src/a.ts
FN:1,f
BRDA:2,0,0,1
BRDA:2,0,1,0
BRF:2
BRH:1
DA:1,3
DA:2,0
DA:12,0
DA:20,10
LH:2
LF:4
end_of_record
SF:src/b.ts
BRF:0
BRH:0
DA:1,1
LH:1
LF:1
end_of_record
`;

Deno.test("a report says of each module what ran and which lines did not", () => {
  assertEquals([...parseLcov(REPORT)], [
    [
      "src/a.ts",
      { lines: { found: 4, hit: 2 }, branches: { found: 2, hit: 1 }, missedLines: [2, 12] },
    ],
    [
      "src/b.ts",
      { lines: { found: 1, hit: 1 }, branches: { found: 0, hit: 0 }, missedLines: [] },
    ],
  ]);
});

Deno.test("an empty report has no modules", () => {
  assertEquals(parseLcov("").size, 0);
});

Deno.test("several modules are summed up, not averaged", () => {
  const { lines, branches } = sumCoverage([...parseLcov(REPORT).values()]);
  assertEquals(lines, { found: 5, hit: 3 });
  assertEquals(branches, { found: 2, hit: 1 });
  assertEquals([percentOf(lines), percentOf(branches)], [60, 50]);
});

Deno.test("of nothing, all ran", () => {
  assertEquals(percentOf({ found: 0, hit: 0 }), 100);
});
