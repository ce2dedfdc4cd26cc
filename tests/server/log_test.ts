import { assert, assertEquals } from "@std/assert";
import { type LogFormat, type LogLevel, openLog } from "../../src/server/log.ts";

type ConsoleMethod = "debug" | "info" | "warn" | "error" | "log";
const METHODS: readonly ConsoleMethod[] = ["debug", "info", "warn", "error", "log"];

/** Runs `action` and returns what it wrote, with the console method that wrote it. */
function written(
  level: LogLevel,
  format: LogFormat,
  action: (log: ReturnType<typeof openLog>) => void,
): [ConsoleMethod, string][] {
  const lines: [ConsoleMethod, string][] = [];
  const originals = METHODS.map((method) => console[method]);
  try {
    for (const method of METHODS) console[method] = (text) => lines.push([method, text]);
    action(openLog(level, format));
  } finally {
    METHODS.forEach((method, i) => console[method] = originals[i]);
  }
  return lines;
}

function sayEverything(log: ReturnType<typeof openLog>): void {
  log.debug?.("a detail");
  log.info("a fact");
  log.error("a fault");
}

function messages(lines: [ConsoleMethod, string][]): string[] {
  return lines.map(([, text]) => text.replace(/^\S+ /, "").trimEnd());
}

Deno.test("a text line is time, level and message", () => {
  const [[, line]] = written("info", "text", (log) => log.info("hello"));
  assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info hello\n?$/.test(line), line);
});

Deno.test("information goes to standard output, errors to standard error", () => {
  const methods = written("debug", "text", sayEverything).map(([method]) => method);
  assertEquals(methods, ["debug", "info", "error"]);
});

Deno.test("the level is the lowest that is written", () => {
  const all = ["debug a detail", "info a fact", "error a fault"];
  const byLevel: Record<LogLevel, string[]> = {
    debug: all,
    info: all.slice(1),
    warn: all.slice(2),
    error: all.slice(2),
  };
  for (const [level, expected] of Object.entries(byLevel)) {
    assertEquals(messages(written(level as LogLevel, "text", sayEverything)), expected, level);
  }
});

Deno.test("without readers of debug there is no debug function: texts are not even made", () => {
  for (const level of ["info", "warn", "error"] as const) {
    written(level, "text", (log) => assertEquals(log.debug, undefined));
  }
});

Deno.test("a JSON line is one object with level, message and properties", () => {
  const lines = written("info", "json", (log) => {
    log.info("listening", { port: 6969, endpoints: ["127.0.0.1:6969"] });
    log.error("broken");
  });
  assertEquals(lines.length, 2);
  const [first, second] = lines.map(([, text]) => JSON.parse(text));
  assertEquals([first.level, first.message], ["INFO", "listening"]);
  assertEquals(first.properties, { port: 6969, endpoints: ["127.0.0.1:6969"] });
  assert(!Number.isNaN(Date.parse(first["@timestamp"])), JSON.stringify(first));
  assertEquals([second.level, second.message, second.properties], ["ERROR", "broken", {}]);
});

Deno.test("braces in a message are text, not places to fill in", () => {
  const say = (log: ReturnType<typeof openLog>) => {
    log.info('{"a":1} {b} {{c}} }{', { b: "filled in" });
    log.error("{*}");
  };
  assertEquals(messages(written("info", "text", say)), [
    'info {"a":1} {b} {{c}} }{',
    "error {*}",
  ]);
});

Deno.test("the log that was opened last is in force", () => {
  written("debug", "text", () => {});
  assertEquals(messages(written("error", "text", sayEverything)), ["error a fault"]);
});
