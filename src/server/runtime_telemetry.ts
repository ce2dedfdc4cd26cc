/**
 * Whether the runtime sends logs and metrics to a collector (OpenTelemetry, `OTEL_DENO=true`).
 *
 * @module
 */

/** The runtime puts its implementation of the OpenTelemetry API here when it is switched on. */
export const EXPORTS_TELEMETRY: boolean = Symbol.for("opentelemetry.js.api.1") in globalThis;
