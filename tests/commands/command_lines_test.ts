import { assertEquals } from "@std/assert";
import {
  commandLine,
  reachabilityCaution,
  type Runtime,
  serverText,
  startOf,
} from "../../src/commands/command_lines.ts";
import { DEFAULT_PORT } from "../../src/peer/mod.ts";
import { parseHostPort } from "../../src/peer/names.ts";

const server = (text: string) => parseHostPort(text, DEFAULT_PORT)!;

Deno.test("a command line names the flags that are given", () => {
  assertEquals(
    commandLine("prog", "join", { server: "a", remote: "203.0.113.7/1", listen: undefined }),
    "prog join -server=a -remote=203.0.113.7/1",
  );
});

Deno.test("a command line has the words behind the command, and quotes what shells would expand", () => {
  assertEquals(
    commandLine("prog", ["join", "[2001:db8::1]:7000/CODE"], { listen: 5 }),
    'prog join "[2001:db8::1]:7000/CODE" -listen=5',
  );
});

Deno.test("others are told to start the program as it was started here", () => {
  const runtime: Runtime = {
    build: { standalone: false },
    version: { deno: "2.9.6" },
    mainModule: "file:///home/someone/containment/main.ts",
    execPath: () => "/usr/bin/deno",
  };
  const cases: readonly (readonly [changed: Partial<Runtime>, start: string])[] = [
    [{}, "deno run --allow-net main.ts"],
    [{ build: { standalone: true } }, "containment_breach"],
    [
      { execPath: () => "/home/someone/.npm/_npx/7a40/node_modules/deno/deno" },
      "npx -y deno@2.9.6 run --allow-net main.ts",
    ],
    [
      { execPath: () => "C:\\Users\\npm-cache\\_npx\\7a40\\node_modules\\deno\\deno.exe" },
      "npx -y deno@2.9.6 run --allow-net main.ts",
    ],
    [
      { mainModule: "https://example.org/main.ts" },
      "deno run --allow-net https://example.org/main.ts",
    ],
  ];
  for (const [changed, start] of cases) assertEquals(startOf({ ...runtime, ...changed }), start);
});

Deno.test("a server is written without the port that everybody takes", () => {
  for (
    const [typed, text] of [
      ["rendezvous.example:6969", "rendezvous.example"],
      ["rendezvous.example:7000", "rendezvous.example:7000"],
      ["[2001:db8::1]:6969", "2001:db8::1"],
      ["[2001:db8::1]:7000", "[2001:db8::1]:7000"],
    ]
  ) {
    assertEquals(serverText(server(typed)), text);
    assertEquals(server(text), server(typed));
  }
});

Deno.test("a server whose name means nothing elsewhere is cautioned about, and no other", () => {
  for (
    const local of [
      ...["127.0.0.1", "127.9.9.9", "[::1]:7000", "localhost", "10.0.0.1", "192.168.1.2:7000"],
      ...["172.16.0.1", "fd00::1", "fe80::1%eth0", "nas", "nas.local", "nas.lan", "x.home.arpa"],
    ]
  ) {
    const caution = reachabilityCaution(server(local));
    assertEquals(caution?.startsWith("the other side must be able to reach the server as "), true);
  }
  for (const open of ["203.0.113.7", "2001:db8::1", "rendezvous.example", "local.example"]) {
    assertEquals(reachabilityCaution(server(open)), undefined);
  }
});
