/**
 * The one place that knows the logging library.
 *
 * Information goes to standard output, warnings and errors to standard error. JSON is one object a
 * line.
 *
 * @module
 */

import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogLevel as RecordLevel,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import { describeLostLines } from "../cli/line_writer.ts";
import type { LineOutput } from "../cli/process_io.ts";
import { escapeHidden } from "../visible_text.ts";
import { EXPORTS_TELEMETRY } from "./runtime_telemetry.ts";

/** Lowest level that is written. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Form of a line. */
export const LOG_FORMATS = ["text", "json"] as const;
/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/** Values that a JSON log keeps apart from the message. */
export type LogProperties = Record<string, unknown>;

/** Writes at one level. */
export type LogWrite = (message: string, properties?: LogProperties) => void;

/** What the server writes. */
export interface Log {
  /** `undefined` when nobody reads it: per-peer texts are not even made then. */
  readonly debug: LogWrite | undefined;
  readonly info: LogWrite;
  /** What works, but not as its operator may think. */
  readonly warn: LogWrite;
  readonly error: LogWrite;
}

const CATEGORY = "containment_breach";

/**
 * Makes the log; the library's configuration is global, so the last one made is in force.
 *
 * @param lines where it goes: whoever does not read it holds nobody up
 */
export function openLog(level: LogLevel, format: LogFormat, lines: LineOutput): Log {
  const formatter = formatterOf(format);
  const writeLine = EXPORTS_TELEMETRY ? writeToConsole : writeTo(lines);
  const write = (record: LogRecord) => writeLine(record.level, formatter(record).trimEnd());
  lines.describeLossAs((count) => formatter(lossRecord(count)).trimEnd());
  configureSync({
    reset: true,
    sinks: { lines: write },
    loggers: [
      { category: CATEGORY, lowestLevel: level === "warn" ? "warning" : level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  const logger = getLogger(CATEGORY);
  return {
    debug: level === "debug"
      ? (message, properties = {}) => logger.debug(literal(message), properties)
      : undefined,
    info: (message, properties = {}) => logger.info(literal(message), properties),
    warn: (message, properties = {}) => logger.warn(literal(message), properties),
    error: (message, properties = {}) => logger.error(literal(message), properties),
  };
}

type WriteLine = (level: RecordLevel, line: string) => void;

function writeTo(lines: LineOutput): WriteLine {
  return (level, line) => isInformation(level) ? lines.print(line) : lines.status(line);
}

/**
 * A runtime that sends logs to a collector takes them from the console alone, and writes them to the
 * same streams. A stream that nobody reads holds the server up then.
 */
const writeToConsole: WriteLine = (level, line) => {
  const text = escapeHidden(line);
  if (level === "debug") console.debug(text);
  else if (isInformation(level)) console.info(text);
  else if (level === "warning") console.warn(text);
  else console.error(text);
};

function isInformation(level: RecordLevel): boolean {
  return level === "debug" || level === "info";
}

function formatterOf(format: LogFormat): TextFormatter {
  if (format === "json") return getJsonLinesFormatter();
  return getTextFormatter({
    timestamp: "rfc3339",
    format: ({ timestamp, level, message }) => `${timestamp} ${level} ${message}`,
    // As the flag has it.
    level: (level) => level === "warning" ? "warn" : level,
  });
}

/** In the place of what is lost, whatever the lowest level is. */
function lossRecord(count: number): LogRecord {
  const message = describeLostLines(count);
  return {
    category: [CATEGORY],
    level: "warning",
    message: [message],
    rawMessage: message,
    timestamp: Date.now(),
    properties: { lost_lines: count },
  };
}

/** The library fills braces in; here they are text. */
function literal(message: string): string {
  return message.replace(/[{}]/g, "$&$&");
}
