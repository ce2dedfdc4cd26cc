/**
 * A page in a real browser, watched for anything that goes wrong.
 *
 * @module
 */

import type { BrowserAnswer, BrowserCommand, View } from "../browser/commands.ts";
import { ChildProcess } from "../support/child_process.ts";
import { until } from "../support/deadline.ts";
import { hasProgram } from "../support/needs.ts";

/** What the browser is called here and there. */
const PROGRAM = ["chromium", "chromium-browser", "google-chrome"].find((name) => hasProgram(name));

/** Whether this machine has one. */
export const HAS_BROWSER: boolean = PROGRAM !== undefined && Deno.build.os !== "windows";

/** A fault that the accessibility checker found. */
export interface AccessibilityFault {
  readonly id: string;
  readonly impact: string | null;
}

/** What a page has done since it was opened. */
export interface PageReport {
  /** What it wrote to the console, errors that nobody caught, and requests that failed. */
  readonly complaints: readonly string[];
  readonly fetched: readonly string[];
}

/** A page of its own browser. */
export class WatchedPage implements AsyncDisposable {
  readonly #driver: ChildProcess;
  #answers = 0;

  private constructor(driver: ChildProcess) {
    this.#driver = driver;
  }

  /** Opens a page and waits until it shows something. */
  static async open(url: string, view: View): Promise<WatchedPage> {
    const path = await pathOf(PROGRAM as string);
    const driver = new URL("../browser/driver.ts", import.meta.url).href;
    const command = [Deno.execPath(), "run", "--quiet", "--allow-all", driver, path];
    const page = new WatchedPage(ChildProcess.start(command, { stdin: "piped" }));
    await page.#ask({ do: "open", url, view });
    await until(
      async () =>
        await page.evaluate("document.getElementById('state').dataset.state") !== undefined,
      "the page to show something",
    );
    return page;
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    return await this.#ask({ do: "evaluate", expression });
  }

  /** The texts of all elements that fit. */
  async texts(selector: string): Promise<string[]> {
    const elements = `document.querySelectorAll(${JSON.stringify(selector)})`;
    return await this.evaluate(`Array.from(${elements}, (each) => each.innerText)`) as string[];
  }

  /** The text of the first element that fits. */
  async text(selector: string): Promise<string> {
    return (await this.texts(selector))[0];
  }

  /** What a tile of the page says under this title. */
  async tile(title: string): Promise<string> {
    const titles = await this.texts("#now dt");
    return (await this.texts("#now dd span"))[titles.indexOf(title)];
  }

  /** Presses a key, e.g. `Tab`. */
  async press(key: string): Promise<void> {
    await this.#ask({ do: "press", key });
  }

  /** What is hard to use without eyes or without a mouse, by the rules of axe. */
  async accessibilityFaults(): Promise<AccessibilityFault[]> {
    return await this.#ask({ do: "audit" }) as AccessibilityFault[];
  }

  /** By how many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    const element = "document.documentElement";
    return await this.evaluate(`${element}.scrollWidth - ${element}.clientWidth`) as number;
  }

  /** What the page has done. */
  async report(): Promise<PageReport> {
    return await this.#ask({ do: "report" }) as PageReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.endInput();
    await this.#driver.ended();
  }

  /** One command at a time: answers come in the order of the commands. */
  async #ask(command: BrowserCommand): Promise<unknown> {
    await this.#driver.write(`${JSON.stringify(command)}\n`);
    const { things } = this.#driver.output;
    const number = this.#answers++;
    const errors = () => `an answer to ${command.do}; ${this.#driver.errors.things.join("\n")}`;
    await until(() => things.length > number || !this.#driver.isRunning, errors);
    const answer: BrowserAnswer = JSON.parse(things[number]);
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  }
}

async function pathOf(program: string): Promise<string> {
  const args = ["-c", `command -v ${program}`];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return new TextDecoder().decode(stdout).trim();
}
