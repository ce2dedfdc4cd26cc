/**
 * The signals that ask this process to stop.
 *
 * @module
 */

/** A signal, and its number for the exit code. */
export interface StopSignal {
  readonly name: Deno.Signal;
  readonly number: number;
}

/** The closing of a terminal; Windows has it for the closing of a console. */
const HANGUP: StopSignal = { name: "SIGHUP", number: 1 };

/** All of them, in the order in which people meet them. */
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? [{ name: "SIGINT", number: 2 }, { name: "SIGBREAK", number: 21 }, HANGUP]
  : [{ name: "SIGINT", number: 2 }, { name: "SIGTERM", number: 15 }, HANGUP];

/** How a program learns that it is to stop. */
export interface Stops {
  /**
   * Resolves with the next signal. One that nobody waits for ends the process at once.
   *
   * @param until ends the wait; then it resolves with `undefined`
   */
  next(): Promise<StopSignal>;
  next(until: AbortSignal): Promise<StopSignal | undefined>;
  /** Has somebody told of each signal that is ignored. */
  onIgnored(told: (signal: StopSignal) => void): void;
}

/** The stop signals of this process; from its construction on none is lost. */
export class StopSignals implements Stops {
  #waiting: ((signal: StopSignal | undefined) => void) | undefined;
  #toldOfIgnored: (signal: StopSignal) => void = () => {};
  /**
   * Whether a hangup is no news. `nohup` has it ignored, but the runtime resets that at its start;
   * what remains to be seen is that no stream is a terminal. One that is gone is none any more.
   */
  readonly #isUnderNohup = Deno.build.os !== "windows" && !hasTerminal();
  #isHungUp = false;

  constructor() {
    for (const signal of STOP_SIGNALS) {
      Deno.addSignalListener(signal.name, () => this.#receive(signal));
    }
  }

  next(): Promise<StopSignal>;
  next(until?: AbortSignal): Promise<StopSignal | undefined>;
  next(until?: AbortSignal): Promise<StopSignal | undefined> {
    return new Promise((resolve) => {
      const end = () => this.#waiting?.(undefined);
      this.#waiting = (signal) => {
        this.#waiting = undefined;
        until?.removeEventListener("abort", end);
        resolve(signal);
      };
      until?.addEventListener("abort", end);
    });
  }

  onIgnored(told: (signal: StopSignal) => void): void {
    this.#toldOfIgnored = told;
  }

  #receive(signal: StopSignal): void {
    if (signal === HANGUP && this.#isUnderNohup) return this.#toldOfIgnored(signal);
    // A shell passes on what the system says as well: one closed terminal, two signals.
    if (signal === HANGUP && this.#isHungUp && !hasTerminal()) return;
    this.#isHungUp ||= signal === HANGUP;
    if (this.#waiting === undefined) Deno.exit(128 + signal.number);
    this.#waiting(signal);
  }
}

function hasTerminal(): boolean {
  return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
}

/** What a program says of a signal that it ignores. */
export function describeIgnored({ name }: StopSignal): string {
  return `${name} is ignored: no stream of this process is a terminal, as under nohup`;
}
