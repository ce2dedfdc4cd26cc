import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { usage } from "../../src/cli/usage.ts";
import { mistakeAmong, rendezvousSettings, SERVER_FLAGS } from "../../src/server/server_flags.ts";

function parse(...args: string[]) {
  const commandLine = parseCommandLine(args, SERVER_FLAGS);
  if (commandLine.kind !== "run") throw new Error(JSON.stringify(commandLine));
  return commandLine.values;
}

function messageOf(...args: string[]): string | undefined {
  const commandLine = parseCommandLine(args, SERVER_FLAGS);
  return commandLine.kind === "mistake" ? commandLine.message : undefined;
}

Deno.test("the defaults are those of the protocol and of the original program", () => {
  assertEquals(parse(), {
    port: 6969,
    lease_timeout: 90,
    host: [],
    max_sessions: 10_000,
    max_leases: 1_000_000,
    datagrams_per_address: 2_000,
    datagrams_per_network: 8_000,
    connections_per_address: 5_000,
    connections_per_network: 10_000,
    sessions_per_address: 0,
    sessions_per_network: 0,
    leases_per_address: 0,
    leases_per_network: 0,
    drain: 0,
    http_port: 0,
    http_host: undefined,
    http_show_peers: false,
    log_level: "info",
    log_format: "text",
    abuse_log: false,
  });
});

Deno.test("the abuse log needs a level at which it is written", () => {
  const message = "Cannot use -abuse_log: expected -log_level info or debug, received";
  for (const level of ["warn", "error"]) {
    assertEquals(mistakeAmong(parse("-abuse_log", `-log_level=${level}`)), `${message} ${level}`);
    assertEquals(mistakeAmong(parse(`-log_level=${level}`)), undefined);
  }
  assertEquals(mistakeAmong(parse("-abuse_log", "-log_level=debug")), undefined);
});

Deno.test("-port is 1 to 65535, -lease_timeout 1 to 86400 seconds", () => {
  assertEquals(parse("-port=1", "-lease_timeout=1").port, 1);
  assertEquals(parse("-port", "65535", "--lease_timeout", "86400").lease_timeout, 86_400);
  const port = "Cannot use -port: expected an integer from 1 to 65535, received";
  assertEquals(messageOf("-port=0"), `${port} "0"`);
  assertEquals(messageOf("-port=65536"), `${port} "65536"`);
  const timeout = "Cannot use -lease_timeout: expected an integer from 1 to 86400, received";
  assertEquals(messageOf("-lease_timeout=0"), `${timeout} "0"`);
  assertEquals(messageOf("-lease_timeout=86401"), `${timeout} "86401"`);
  assertEquals(messageOf("-lease_timeout=1.5"), `${timeout} "1.5"`);
});

Deno.test("-host is an IP address, made canonical", () => {
  assertEquals(parse("-host=127.0.0.1").host, ["127.0.0.1"]);
  assertEquals(parse("-host", "0:0:0:0:0:0:0:1").host, ["::1"]);
  assertEquals(parse("-host=::", "-host=0.0.0.0").host, ["::", "0.0.0.0"]);
  for (const text of ["localhost", "", "127.1", "[::1]", "fe80::1%eth0"]) {
    const received = JSON.stringify(text);
    assertEquals(
      messageOf(`-host=${text}`),
      `Cannot use -host: expected an IP address, received ${received}`,
    );
  }
});

Deno.test("the totals are at least 1: without sessions or leases there is no server", () => {
  for (const [name, fewest] of [["max_sessions", 1], ["max_leases", 1_001]] as const) {
    const start = `Cannot use -${name}: expected an integer from ${fewest} `;
    assert(messageOf(`-${name}=${fewest - 1}`)?.startsWith(start));
    assertEquals(messageOf(`-${name}=${fewest}`), undefined);
  }
});

Deno.test("there are 1,000 leases more than sessions at least, so that one is not in use", () => {
  const among = (...args: string[]) => mistakeAmong(parse(...args));
  assertEquals(among(), undefined);
  assertEquals(among("-max_sessions=1", "-max_leases=1001"), undefined);
  assertEquals(
    among("-max_sessions=5000", "-max_leases=5999"),
    "Cannot use -max_leases: expected at least 6000, 1000 more than -max_sessions (5000), " +
      "received 5999",
  );
  assertEquals(among("-max_sessions=5000", "-max_leases=6000"), undefined);
  assert(among("-max_sessions=1000000")?.includes("expected at least 1001000"));
});

Deno.test("an address twice is a mistake, in whatever form it is written", () => {
  assertEquals(
    mistakeAmong(parse("-host=::1", "-host=127.0.0.1", "-host=0:0::1")),
    "Cannot use -host: expected each once, received ::1 twice",
  );
});

Deno.test("-drain is 0 to 3600 seconds", () => {
  assertEquals(parse("-drain=3600").drain, 3_600);
  assert(messageOf("-drain=3601")?.includes("expected an integer from 0 to 3600"));
});

Deno.test("every limit per prefix can be switched off with 0", () => {
  const names = Object.keys(SERVER_FLAGS).filter((name) => name.includes("_per_"));
  assertEquals(names.length, 8);
  for (const name of names) {
    assertEquals(messageOf(`-${name}=0`), undefined, name);
    assertEquals(messageOf(`-${name}=1000000000`), undefined, name);
    assert(messageOf(`-${name}=-1`)?.includes("expected an integer from 0 to"), name);
  }
});

Deno.test("-log_level and -log_format are words", () => {
  assertEquals(parse("-log_level=debug", "-log_format=json").log_level, "debug");
  assertEquals(
    messageOf("-log_level=verbose"),
    'Cannot use -log_level: expected debug, info, warn or error, received "verbose"',
  );
  assertEquals(
    messageOf("-log_format=xml"),
    'Cannot use -log_format: expected text or json, received "xml"',
  );
});

Deno.test("every flag reaches the setting that it names", () => {
  const args = Object.entries(SERVER_FLAGS)
    .filter(([, flag]) => flag.kind === "int")
    .map(([name], i) => `-${name}=${name === "max_leases" ? 4_000 : i + 1}`);
  assertEquals(rendezvousSettings(parse(...args)), {
    leaseTimeoutMs: 2_000,
    maxSessions: 3,
    maxLeases: 4_000,
    datagramsPerSecond: { address: 5, network: 6 },
    connectionsPerSecond: { address: 7, network: 8 },
    sessionsPerPrefix: { address: 9, network: 10 },
    leasesPerPrefix: { address: 11, network: 12 },
  });
});

Deno.test("the usage begins with the two flags of the original program", () => {
  const text = usage(["containment_breach [-port=PORT]"], SERVER_FLAGS).join("\n");
  assert(text.startsWith(
    `Usage: containment_breach [-port=PORT]

  -port int
        Server UDP/TCP port (default 6969), 1 to 65535
  -lease_timeout int
        PeerPort lease timeout in seconds (default 90), 1 to 86400
  -host IP
`,
  ));
  for (const name of Object.keys(SERVER_FLAGS)) assert(text.includes(`\n  -${name}`), name);
});
