/**
 * The architecture as tables: which room may import what, and which rooms are pure.
 *
 * The lint plugin reads them. A module that stands in no row fails the check, and so does an
 * allowance that nobody uses.
 *
 * @module
 */

/** What the modules of one room may import. */
export interface Arrows {
  /** A file, or a folder with a slash at its end; the longest that fits a module counts. */
  readonly from: string;
  /**
   * Files, folders and bare specifiers, `type ` before those that only give types, `dynamic ` before
   * those that are loaded only when somebody asks for what they do. The modules of a folder may
   * import each other, and all of them `GROUND`.
   */
  readonly to: readonly string[];
}

/** What every room but the ground itself may import. */
export const GROUND: readonly string[] = [
  "src/address.ts",
  "src/clock.ts",
  "src/error_text.ts",
  "src/visible_text.ts",
];

/** Rooms whose modules take time, randomness and connections as arguments. */
export const PURE: readonly string[] = [
  "src/protocol/",
  "src/rendezvous/",
  "src/peer/channel/",
  "src/peer/link/",
  "src/peer/prediction/",
  "src/peer/stream/",
];

/** The arrows of this repository, from the top of the house to its ground. */
export const ARROWS: readonly Arrows[] = [
  {
    from: "main.ts",
    to: ["src/server/", "src/commands/mod.ts", "src/cli/", "src/version.ts"],
  },
  {
    from: "src/server/",
    to: [
      "src/rendezvous/",
      "src/net/",
      "src/sockets/",
      "src/cli/",
      "src/async/",
      "src/protocol/message.ts",
      "src/limits.ts",
      "src/version.ts",
      "type src/http/",
      "dynamic src/http/watch.ts",
    ],
  },
  {
    from: "src/server/log.ts",
    to: ["@logtape/logtape", "src/cli/", "src/server/runtime_telemetry.ts"],
  },
  {
    from: "src/rendezvous/",
    to: ["src/protocol/", "src/limits.ts", "src/async/deadline_heap.ts"],
  },
  {
    from: "src/http/",
    to: ["type src/rendezvous/counters.ts", "type src/rendezvous/fixed_histogram.ts"],
  },
  { from: "src/http/metrics.ts", to: ["prom-client", "type src/http/readings.ts"] },
  { from: "src/cli/process_io.ts", to: ["node:fs", "src/cli/"] },
  { from: "src/net/", to: ["src/async/", "src/sockets/", "src/limits.ts"] },
  {
    from: "src/commands/",
    to: ["src/peer/mod.ts", "src/peer/names.ts", "src/cli/", "src/async/", "src/version.ts"],
  },
  {
    from: "src/commands/forward/",
    to: [
      "src/commands/command_streams.ts",
      "src/commands/drops.ts",
      "src/commands/limits.ts",
      "src/commands/send_window.ts",
      "type src/commands/status.ts",
      "src/sockets/error_codes.ts",
      "src/peer/mod.ts",
      "src/peer/names.ts",
      "src/async/",
    ],
  },
  {
    from: "src/commands/forward/tcp_socket.ts",
    to: [
      "src/commands/limits.ts",
      "src/sockets/error_codes.ts",
      "src/async/waiting.ts",
      "node:net",
    ],
  },
  {
    from: "src/commands/meet/transfer.ts",
    to: ["node:crypto", "type src/commands/status.ts", "src/commands/meet/amounts.ts"],
  },
  {
    from: "src/commands/top/",
    to: [
      "type src/http/",
      "type src/commands/io.ts",
      "src/commands/report.ts",
      "src/peer/names.ts",
      "src/cli/",
      "src/async/",
    ],
  },
  { from: "src/peer/", to: ["src/protocol/message.ts", "src/async/"] },
  {
    from: "src/peer/options.ts",
    to: [
      "src/peer/platform/",
      "src/peer/signaling/own_sockets.ts",
      "src/peer/signaling/setup.ts",
      "type src/peer/socket/acceptance.ts",
      "src/peer/claims.ts",
      "src/peer/names.ts",
      "src/peer/events.ts",
      "src/protocol/message.ts",
    ],
  },
  {
    from: "src/peer/signaling/",
    to: [
      "src/protocol/",
      "src/peer/platform/platform.ts",
      "src/async/",
      "src/peer/names.ts",
      "src/peer/errors.ts",
      "src/peer/events.ts",
      "src/peer/limits.ts",
    ],
  },
  {
    from: "src/peer/socket/",
    to: [
      "src/peer/link/",
      "src/peer/stream/",
      "src/peer/channel/packet.ts",
      "src/peer/channel/link_keys.ts",
      "type src/peer/channel/resumption.ts",
      "src/peer/platform/platform.ts",
      "src/async/",
      "src/peer/claims.ts",
      "type src/peer/events.ts",
      "src/peer/errors.ts",
      "src/peer/path.ts",
      "src/peer/limits.ts",
      "src/protocol/message.ts",
    ],
  },
  {
    from: "src/peer/link/",
    to: [
      "src/peer/channel/",
      "src/protocol/message.ts",
      "src/peer/errors.ts",
      "src/peer/path.ts",
      "src/peer/limits.ts",
    ],
  },
  { from: "src/peer/stream/", to: [] },
  {
    from: "src/peer/channel/",
    to: ["src/peer/limits.ts", "node:buffer", "node:crypto"],
  },
  { from: "src/peer/platform/", to: ["src/sockets/error_codes.ts"] },
  {
    from: "src/peer/platform/node_platform.ts",
    to: ["src/peer/platform/", "src/sockets/error_codes.ts", "node:dns/promises"],
  },
  { from: "src/peer/platform/local_addresses.ts", to: ["node:os"] },
  {
    from: "src/peer/platform/deno_udp_socket.ts",
    to: [
      "src/peer/platform/platform.ts",
      "src/peer/platform/system_error.ts",
      "src/sockets/datagrams.ts",
    ],
  },
  {
    from: "src/peer/platform/node_udp_socket.ts",
    to: [
      "src/peer/platform/platform.ts",
      "src/sockets/error_codes.ts",
      "src/peer/platform/system_error.ts",
      "src/async/queue.ts",
      "node:crypto",
      "node:dgram",
    ],
  },
  {
    from: "src/peer/platform/node_tcp_stream.ts",
    to: [
      "src/peer/platform/platform.ts",
      "src/sockets/error_codes.ts",
      "src/async/waiting.ts",
      "node:net",
    ],
  },
  {
    from: "src/peer/claims.ts",
    to: ["src/protocol/limits.ts", "src/protocol/message.ts", "src/peer/names.ts"],
  },
  {
    from: "src/peer/names.ts",
    to: ["src/protocol/limits.ts", "src/protocol/message.ts", "src/protocol/text_members.ts"],
  },
  {
    from: "src/peer/errors.ts",
    to: ["src/protocol/", "type src/peer/path.ts"],
  },
  { from: "src/peer/events.ts", to: ["type src/peer/errors.ts", "type src/peer/path.ts"] },
  { from: "src/peer/path.ts", to: [] },
  { from: "src/peer/limits.ts", to: [] },
  { from: "src/protocol/", to: [] },
  {
    from: "src/async/",
    to: [],
  },
  { from: "src/sockets/", to: ["src/async/"] },
  { from: "src/cli/", to: [] },
  { from: "src/cli/command_line.ts", to: ["@std/cli/parse-args", "src/cli/"] },
  { from: "src/version.ts", to: ["deno.json"] },
  { from: "src/address.ts", to: [] },
  { from: "src/clock.ts", to: [] },
  { from: "src/error_text.ts", to: [] },
  { from: "src/limits.ts", to: [] },
  { from: "src/visible_text.ts", to: [] },
];
