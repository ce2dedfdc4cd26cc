import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Log, type LogFormat, type LogLevel, openLog } from "../../src/server/log.ts";

type Stream = "stdout" | "stderr";

/** Runs `action` and returns what it wrote, with the stream that it wrote to. */
function written(
  level: LogLevel,
  format: LogFormat,
  action: (log: Log) => void,
  lines: [Stream, string][] = [],
): [Stream, string][] {
  action(openLog(level, format, {
    print: (line) => lines.push(["stdout", line]),
    status: (line) => lines.push(["stderr", line]),
    describeLossAs: (describe) => describeLoss = describe,
  }));
  return lines;
}

let describeLoss: (count: number) => string;

function sayEverything(log: Log): void {
  log.debug?.("a detail");
  log.info("a fact");
  log.warn("a doubt");
  log.error("a fault");
}

function messages(lines: [Stream, string][]): string[] {
  return lines.map(([, text]) => text.replace(/^\S+ /, ""));
}

Deno.test("a text line is time, level and message", () => {
  const [[, line]] = written("info", "text", (log) => log.info("hello"));
  assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info hello$/.test(line), line);
});

Deno.test("information goes to standard output, warnings and errors to standard error", () => {
  for (const format of ["text", "json"] as const) {
    const streams = written("debug", format, sayEverything).map(([stream]) => stream);
    assertEquals(streams, ["stdout", "stdout", "stderr", "stderr"]);
  }
});

Deno.test("the level is the lowest that is written", () => {
  const all = ["debug a detail", "info a fact", "warn a doubt", "error a fault"];
  const byLevel: Record<LogLevel, string[]> = {
    debug: all,
    info: all.slice(1),
    warn: all.slice(2),
    error: all.slice(3),
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

Deno.test("values are members of a JSON line at every level", () => {
  const lines = written("debug", "json", (log) => {
    for (const write of [log.debug, log.info, log.warn, log.error]) write?.("said", { port: 7 });
  });
  const records = lines.map(([, text]) => JSON.parse(text));
  assertEquals(records.map(({ level }) => level), ["DEBUG", "INFO", "WARN", "ERROR"]);
  for (const { properties } of records) assertEquals(properties, { port: 7 });
});

Deno.test("lost lines are said in the form of the log, whatever the lowest level is", () => {
  written("error", "text", () => {});
  assertMatch(describeLoss(1), /^\S+Z warn 1 line was not written: nobody read them$/);
  written("error", "json", () => {});
  const { level, message, properties } = JSON.parse(describeLoss(2));
  assertEquals([level, properties], ["WARN", { lost_lines: 2 }]);
  assertEquals(message, "2 lines were not written: nobody read them");
});

Deno.test("braces in a message are text, not places to fill in", () => {
  const say = (log: Log) => {
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
