import { assertEquals } from "@std/assert";
import { checksumLine, compileArguments, TARGETS } from "../../scripts/compile.ts";

Deno.test("there is an executable for Linux and one for Windows", () => {
  assertEquals(TARGETS.map(({ triple, file }) => [triple, file]), [
    ["x86_64-unknown-linux-gnu", "containment_breach"],
    ["x86_64-pc-windows-msvc", "containment_breach.exe"],
  ]);
});

Deno.test("an executable is permitted the network and nothing else", () => {
  for (const target of TARGETS) {
    const args = compileArguments(target, { module: "m.js", config: "c.json", output: "o" });
    assertEquals(args.filter((arg) => /^(-A|-P|--allow|--permission)/.test(arg)), ["--allow-net"]);
    assertEquals(args.includes("--no-prompt"), true);
  }
});

Deno.test("an executable is made from the module, for the target, where it is wanted", () => {
  const args = compileArguments(TARGETS[1], {
    module: "a folder/m.js",
    config: "a folder/deno.json",
    output: "a folder/o",
  });
  assertEquals([args[0], args.at(-1)], ["compile", "a folder/m.js"]);
  const valueOf = (name: string) => args[args.indexOf(name) + 1];
  assertEquals(valueOf("--config"), "a folder/deno.json");
  assertEquals(valueOf("--target"), "x86_64-pc-windows-msvc");
  assertEquals(valueOf("--output"), "a folder/o");
});

Deno.test("a checksum is written as sha256sum writes it", async () => {
  const line = await checksumLine("program.exe", new TextEncoder().encode("abc"));
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(line, `${digest}  program.exe\n`);
});
