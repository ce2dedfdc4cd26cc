/**
 * Warns that something in front of the server may replace the addresses that it exists to see.
 *
 * @module
 */

import type { Address } from "../address.ts";
import type { Log } from "./log.ts";

/** Says so once, when enough peers have come to know. */
export class SourceWarning {
  readonly #soleSource: () => Address | undefined;
  readonly #log: Log;
  #state: "unsaid" | "said" = "unsaid";

  /** @param soleSource the one private address from which all peers come, if that is so */
  constructor(soleSource: () => Address | undefined, log: Log) {
    this.#soleSource = soleSource;
    this.#log = log;
  }

  /** To be called after a new peer has registered. */
  check(): void {
    if (this.#state === "said") return;
    const address = this.#soleSource();
    if (address === undefined) return;
    this.#state = "said";
    this.#log.warn(soleSourceQuestion(address), { address });
  }
}

/** The question to ask when all peers come from one private address. */
export function soleSourceQuestion(address: Address): string {
  return `all peers come from ${address}: is a NAT in front of this server? It would have peers ` +
    "told wrong addresses of each other; a container needs the network of its host";
}
