import { assertEquals } from "@std/assert";
import { COMMON_FLAGS, type Flag, type Flags } from "../../src/cli/flags.ts";
import { PEER_COMMANDS } from "../../src/commands/mod.ts";
import { LoopLag } from "../../src/http/loop_lag.ts";
import { readingsOf } from "../../src/http/readings.ts";
import * as serverLimits from "../../src/limits.ts";
import * as messageLimits from "../../src/protocol/limits.ts";
import { ERROR_CODES } from "../../src/protocol/message.ts";
import type { PeerErrorCode } from "../../src/peer/mod.ts";
import { SERVER_FLAGS } from "../../src/server/server_flags.ts";
import { FakeSource } from "../http/fake_source.ts";
import { VirtualClock } from "../simulated/virtual_clock.ts";
import { readDocument, section, tableRows } from "./markdown.ts";

const README = readDocument("README.md");

/** The rows of README's table of flags. */
function flagRows(flags: Flags): string[][] {
  return Object.entries(flags).map(([name, flag]) => [
    `\`-${name}\``,
    allowedValues(flag),
    "initial" in flag ? String(flag.initial) : "",
    flag.help,
  ]);
}

function allowedValues(flag: Flag): string {
  switch (flag.kind) {
    case "int":
      return `${flag.min} to ${flag.max}`;
    case "choice":
      return flag.words.join(", ");
    case "text":
      return flag.valueName;
    case "switch":
      return "";
  }
}

Deno.test("README's table of flags is that of the program", () => {
  const version = flagRows({ version: COMMON_FLAGS.version });
  const help = ["`-h`, `-help`", "", "", "Print the usage and exit"];
  const rows = [...flagRows(SERVER_FLAGS), ...version, help];
  assertEquals(tableRows(section(README, "Flags"), "Flag"), rows);
});

Deno.test("README's table of the commands' flags is that of the program", () => {
  const commandsOf = new Map<string, string[]>();
  for (const [command, { flags }] of Object.entries(PEER_COMMANDS)) {
    for (const [i, row] of flagRows(flags).entries()) {
      const flag: Flag = Object.values<Flag>(flags)[i];
      const isRequired = flag.kind === "text" && flag.presence === "required";
      const key = JSON.stringify(isRequired ? row.with(2, "required") : row);
      commandsOf.set(key, [...commandsOf.get(key) ?? [], `\`${command}\``]);
    }
  }
  const rows = Array.from(commandsOf, ([key, commands]) => {
    const [flag, ...others] = JSON.parse(key);
    return [flag, commands.join(", "), ...others];
  });
  assertEquals(tableRows(section(README, "From the command line"), "Flag"), rows);
});

Deno.test("README's table of limits has the values of the program", () => {
  const count = (value: number) => value.toLocaleString("en");
  assertEquals(tableRows(section(README, "Limits and guarantees"), "What"), [
    ["A datagram", `${messageLimits.MAX_REGISTRATION_BYTES} bytes`],
    [
      "A request",
      `${
        count(messageLimits.MAX_REQUEST_BYTES)
      } bytes, nested ${messageLimits.MAX_JSON_DEPTH} deep`,
    ],
    ["A Token", `${messageLimits.MAX_TOKEN_CHARS} characters`],
    ["A name", `${messageLimits.MAX_TOKEN_CHARS} characters`],
    ["A Note", `${messageLimits.MAX_NOTE_BYTES} bytes`],
    [
      "Time from connecting to the first request",
      `${serverLimits.FIRST_REQUEST_TIMEOUT_MS / 1000} s`,
    ],
    ["Answers that a host has not read yet", `${count(serverLimits.MAX_QUEUED_BYTES)} bytes`],
    ["A host that takes none of them", `${serverLimits.OUTPUT_STALL_MS / 1000} s`],
    ["Bytes read of one connection at once", count(serverLimits.SESSION_BYTES.atOnce)],
    ["Bytes read of it per second after that", count(serverLimits.SESSION_BYTES.perSecond)],
    ["A finished connection that its peer does not close", `${serverLimits.LINGER_MS / 1000} s`],
  ]);
});

Deno.test("README's table of errors has the codes of the program", () => {
  const codes = tableRows(section(README, "Protocol in brief"), "Code").map(([code]) => code);
  assertEquals(codes, ERROR_CODES.map((code) => `\`${code}\``));
});

Deno.test("README says what to do by what is seen, in the codes of the program", () => {
  const rows = tableRows(section(README, "When it does not work"), "What you see");
  const seen = rows.flatMap(([symptom]) => /^`(\w+)`/.exec(symptom)?.[1] ?? []);
  assertEquals(
    seen,
    [
      "server_unreachable",
      "no_lease",
      "host_not_found",
      "punch_failed",
      "busy",
      "bad_request",
    ] satisfies PeerErrorCode[],
  );
});

Deno.test("docs/OPERATIONS.md speaks of every flag", () => {
  const operations = readDocument("docs/OPERATIONS.md");
  const unmentioned = Object.keys(SERVER_FLAGS).filter((name) =>
    !operations.includes(`\`-${name}\``)
  );
  assertEquals(unmentioned, []);
});

Deno.test("docs/OPERATIONS.md says what each metric means, and names no other", () => {
  const readings = readingsOf(new FakeSource(), new LoopLag(new VirtualClock(0)));
  const rows = tableRows(section(readDocument("docs/OPERATIONS.md"), "Watching it"), "Metric");
  assertEquals(
    new Map(rows.map(([name, labels]) => [name, labels])),
    new Map(readings.map((reading) => {
      const labels = reading.type === "histogram" ? [] : reading.labels;
      return [`\`${reading.name}\``, labels.map((label) => `\`${label}\``).join(", ")];
    })),
  );
});

Deno.test("docs/OPERATIONS.md says what to do about every error code", () => {
  const operations = readDocument("docs/OPERATIONS.md");
  const rows = tableRows(section(operations, "When peers cannot meet"), "Code");
  assertEquals(
    new Set(rows.map(([code]) => code)),
    new Set(ERROR_CODES.map((code) => `\`${code}\``)),
  );
});
