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
  getConsoleSink,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
} from "@logtape/logtape";

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

/** What the server writes. */
export interface Log {
  /** `undefined` when nobody reads it: per-peer texts are not even made then. */
  readonly debug: ((message: string) => void) | undefined;
  info(message: string, properties?: LogProperties): void;
  error(message: string, properties?: LogProperties): void;
}

const CATEGORY = "containment_breach";

/** Makes the log; the library's configuration is global, so the last one made is in force. */
export function openLog(level: LogLevel, format: LogFormat): Log {
  const formatter = format === "json" ? getJsonLinesFormatter() : getTextFormatter({
    timestamp: "rfc3339",
    format: ({ timestamp, level, message }) => `${timestamp} ${level} ${message}`,
    level: "full",
  });
  const lowestLevel = level === "warn" ? "warning" : level;
  configureSync({
    reset: true,
    sinks: { console: getConsoleSink({ formatter }) },
    loggers: [
      { category: CATEGORY, lowestLevel, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["console"] },
    ],
  });
  const logger = getLogger(CATEGORY);
  return {
    debug: level === "debug" ? (message) => logger.debug(literal(message)) : undefined,
    info: (message, properties) => logger.info(literal(message), properties ?? {}),
    error: (message, properties) => logger.error(literal(message), properties ?? {}),
  };
}

/** The library fills braces in; here they are text. */
function literal(message: string): string {
  return message.replace(/[{}]/g, "$&$&");
}
