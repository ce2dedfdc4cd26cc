/**
 * What a command uses its connection for, which the other side is told: two that do not go together
 * would wait for each other in silence.
 *
 * @module
 */

/** One of the things that commands use a connection for. */
export type ConnectionUse =
  | PipeUse
  | "udp_forward"
  | "udp_listen"
  | "tcp_forward"
  | "tcp_listen";

/**
 * A pipe, by what its two ends are: a `lines` end is a terminal, and a stream needs one of the other
 * kind on both sides.
 */
export type PipeUse =
  /** Both ends are terminals. */
  | "lines"
  /** Neither end is one. */
  | "pipe"
  /** Standard input is none: it gives a stream. */
  | "source"
  /** Standard output is none: it takes a stream. */
  | "sink"
  /** `-datagrams`: lines, whatever the ends are. */
  | "datagrams";

/** A use as the other side and people are told of it. */
interface Description {
  /** The byte for it. */
  readonly code: number;
  /** The flags that make it. */
  readonly flags: string;
  /** What the other side may do, the best answer first. */
  readonly goesWith: readonly [ConnectionUse, ...ConnectionUse[]];
  readonly streams: "needed" | "not needed";
}

const PIPE = {
  flags: "neither -forward nor -listen",
  goesWith: ["pipe", "lines", "source", "sink", "datagrams"],
  streams: "not needed",
} as const satisfies Partial<Description>;

const USES: Readonly<Record<ConnectionUse, Description>> = {
  lines: { code: 1, ...PIPE },
  pipe: { code: 2, ...PIPE },
  source: { code: 7, ...PIPE },
  sink: { code: 8, ...PIPE },
  datagrams: { code: 9, ...PIPE },
  udp_forward: {
    code: 3,
    flags: "-forward=HOST:PORT",
    goesWith: ["udp_listen"],
    streams: "not needed",
  },
  udp_listen: { code: 4, flags: "-listen=PORT", goesWith: ["udp_forward"], streams: "not needed" },
  tcp_forward: {
    code: 5,
    flags: "-forward=tcp:HOST:PORT",
    goesWith: ["tcp_listen"],
    streams: "needed",
  },
  tcp_listen: { code: 6, flags: "-listen=tcp:PORT", goesWith: ["tcp_forward"], streams: "needed" },
};

/** The byte for a use. */
export function codeOfUse(use: ConnectionUse): number {
  return USES[use].code;
}

/** The use that a byte stands for; `undefined` for one that this version does not know. */
export function useOfCode(code: number): ConnectionUse | undefined {
  return (Object.keys(USES) as ConnectionUse[]).find((use) => USES[use].code === code);
}

/** Whether a use is one of a pipe. */
export function isPipeUse(use: ConnectionUse | "unknown" | undefined): use is PipeUse {
  return PIPE.goesWith.some((pipe) => pipe === use);
}

/** Whether a pipe gives a stream to whoever takes one. */
export function givesStream(use: PipeUse): boolean {
  return use === "pipe" || use === "source";
}

/** Whether a pipe takes a stream from whoever gives one. */
export function takesStream(use: PipeUse): boolean {
  return use === "pipe" || use === "sink";
}

/**
 * What is wrong with what both sides do, and what to do about it.
 *
 * @returns `undefined` where they go together
 */
export function describeMismatch(
  own: ConnectionUse,
  remote: ConnectionUse | "unknown",
  remoteName: string,
): string | undefined {
  const beginning = `nothing can be carried: ${remoteName} has`;
  if (remote === "unknown") {
    return `${beginning} flags that this version does not know; give both sides the same version`;
  }
  const [here, there] = [USES[own], USES[remote]];
  if (here.goesWith.includes(remote)) return undefined;
  const [hereCured, thereCured] = [USES[there.goesWith[0]], USES[here.goesWith[0]]];
  return `${beginning} ${there.flags}, this side ${here.flags}; give this side ` +
    `${hereCured.flags}, or the other one ${thereCured.flags}`;
}

/**
 * What is wrong where the other side's version knows no streams.
 *
 * @returns `undefined` where that does not matter
 */
export function describeLackOfStreams(own: ConnectionUse, remoteName: string): string | undefined {
  const { flags, streams } = USES[own];
  return streams === "needed"
    ? `nothing can be carried: ${remoteName} has a version without streams, which ${flags} needs; ` +
      "give both sides the same version"
    : undefined;
}
