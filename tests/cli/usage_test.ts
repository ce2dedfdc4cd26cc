import { assertEquals } from "@std/assert";
import type { Flags } from "../../src/cli/flags.ts";
import { usage } from "../../src/cli/usage.ts";

const NAME = {
  kind: "text",
  valueName: "NAME",
  expected: "a name",
  parse: (text: string) => text,
} as const;
const FLAGS = {
  port: { kind: "int", help: "Server port", min: 1, max: 65_535, initial: 6969 },
  host: { ...NAME, presence: "optional", help: "Host name" },
  peer: { ...NAME, presence: "required", help: "Peer's name" },
  level: { kind: "choice", help: "Level", words: ["low", "middle", "high"], initial: "low" },
  quiet: { kind: "switch", help: "Say nothing" },
} as const satisfies Flags;

Deno.test("the usage names every flag with its value, its help, its default and its range", () => {
  assertEquals(
    usage(["program -peer=NAME", "program help"], FLAGS).join("\n"),
    `Usage: program -peer=NAME
       program help

  -port int
        Server port (default 6969), 1 to 65535
  -host NAME
        Host name
  -peer NAME
        Peer's name (required)
  -level low|middle|high
        Level (default low)
  -quiet
        Say nothing
  -version
        Print the version and exit
  -h, -help
        Print this and exit`,
  );
});
