import { assert } from "@std/assert";

const SCRIPT = new URL("../../scripts/session_bytes.ts", import.meta.url).href;
/** What a name may take of a session. */
const MAX_BYTES_OF_NAME = 150;

Deno.test("a name of 64 characters takes at most 150 bytes of a session", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--v8-flags=--expose-gc", SCRIPT],
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const named = lines.filter((line) => line.includes(" of "));
  assert(named.length >= 8, `${named.length} kinds have names`);
  for (const line of named) {
    const [, more] = /\(([-+]\d+)\)$/.exec(line) ?? [];
    assert(Number(more) <= MAX_BYTES_OF_NAME, line);
  }
});
