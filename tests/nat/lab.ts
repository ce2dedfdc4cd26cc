/**
 * A laboratory of network namespaces: made by a test, used by it alone, and gone afterwards.
 *
 * @module
 */

import { Internet, type Relayed } from "./internet.ts";
import { startJanitor } from "./janitor.ts";
import { makeNamespace, Namespace, run } from "./namespace.ts";
import { RELAY_DEVICE, type RelayedLink, startRelay } from "./relay_client.ts";

const PREFIX = "cbnat";
let labsOfThisProcess = 0;

/** Options of {@linkcode Lab.create}. */
export interface LabOptions {
  /** Delay and loss of packets on the lab's internet. Without it there is neither. */
  readonly link?: RelayedLink;
  /** Which packets `link` is for. */
  readonly relayed?: Relayed;
}

/**
 * A set of namespaces around one internet. Disposing of it ends what was handed to
 * {@linkcode Lab.own} and removes every namespace, also when making the lab failed halfway.
 */
export class Lab implements AsyncDisposable {
  readonly #name = `${PREFIX}-${Deno.pid}-${++labsOfThisProcess}`;
  readonly #namespaces: Namespace[] = [];
  readonly #owned = new AsyncDisposableStack();
  #internet!: Internet;

  private constructor() {
    this.#owned.use(startJanitor(this.#name));
    this.#owned.defer(() => this.#removeNamespaces());
  }

  /** Makes a lab with an internet and nobody on it. */
  static async create({ link, relayed }: LabOptions = {}): Promise<Lab> {
    const lab = new Lab();
    try {
      const core = await lab.namespace("internet");
      lab.#internet = new Internet(core, link === undefined ? undefined : RELAY_DEVICE, relayed);
      await lab.#internet.start();
      if (link !== undefined) lab.own(await startRelay(core, link));
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  /** What every public node is connected to. */
  get internet(): Internet {
    return this.#internet;
  }

  /** Makes a namespace that belongs to this lab. */
  async namespace(label: string): Promise<Namespace> {
    const name = `${this.#name}-${label}`;
    // Noted before it exists: a namespace that could be made only in part is removed as well.
    this.#namespaces.push(new Namespace(name));
    return await makeNamespace(name);
  }

  /** Disposes of `resource` before the namespaces go, the latest first. */
  own<T extends AsyncDisposable>(resource: T): T {
    return this.#owned.use(resource);
  }

  /** Ends the lab. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #removeNamespaces(): Promise<void> {
    const present = new Set(await namespaceNames());
    await Promise.all(
      this.#namespaces.filter(({ name }) => present.has(name)).map((each) => each.remove()),
    );
  }
}

/** Names of the namespaces of this machine that belong to a lab of the process `pid`. */
export async function namespacesOf(pid: number): Promise<string[]> {
  return (await namespaceNames()).filter((name) => name.startsWith(`${PREFIX}-${pid}-`));
}

async function namespaceNames(): Promise<string[]> {
  const listing = await run(["ip", "netns", "list"]);
  return listing.split("\n").map((line) => line.split(" ")[0]).filter((name) => name !== "");
}
