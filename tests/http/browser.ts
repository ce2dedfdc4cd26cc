/**
 * A real browser without a window, and a page in it that is watched for anything that goes wrong.
 *
 * @module
 */

import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { hasProgram } from "../support/needs.ts";

/** What the browser is called here and there. */
const PROGRAM = ["chromium", "chromium-browser", "google-chrome"].find((name) => hasProgram(name));

/** Whether this machine has one. */
export const HAS_BROWSER: boolean = PROGRAM !== undefined && Deno.build.os !== "windows";

/** How a page is looked at. */
export interface View {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

/** A fault that the accessibility checker found. */
export interface AccessibilityFault {
  readonly id: string;
  readonly impact: string | undefined | null;
  readonly places: readonly string[];
}

/** A page of its own browser. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  /** What the page wrote to the console, errors that nobody caught, and requests that failed. */
  readonly complaints: string[] = [];
  /** Everything that the page fetched. */
  readonly requested: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("console", (message) => this.complaints.push(message.text()));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("request", (request) => this.requested.push(request.url()));
  }

  /** Opens a page and waits until it shows something. */
  static async open(url: string, { colorScheme, width }: View): Promise<WatchedPage> {
    const browser = await chromium.launch({
      ...PROGRAM !== undefined && { executablePath: await pathOf(PROGRAM) },
      // Containers and root have no namespaces for its sandbox; it loads nothing but this server.
      args: ["--no-sandbox"],
    });
    const viewport = { width, height: 800 };
    const page = await browser.newPage({ colorScheme, viewport });
    const watched = new WatchedPage(browser, page);
    await page.goto(url);
    await page.waitForSelector("#state[data-state]");
    return watched;
  }

  /** The text of the first element that fits. */
  async text(selector: string): Promise<string> {
    return await this.page.innerText(selector);
  }

  /** What a tile of the page says under this title. */
  async tile(title: string): Promise<string> {
    return await this.page.innerText(`dt:text-is("${title}") + dd span`);
  }

  /** What is hard to use without eyes or without a mouse, by the rules of axe. */
  async accessibilityFaults(): Promise<AccessibilityFault[]> {
    // Evaluated by the debugger, which no policy of the page keeps out.
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate("axe.run()") as axe.AxeResults;
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      places: nodes.map(({ html }) => html),
    }));
  }

  /** By how many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    const element = "document.documentElement";
    return await this.page.evaluate(`${element}.scrollWidth - ${element}.clientWidth`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

async function pathOf(program: string): Promise<string> {
  const args = ["-c", `command -v ${program}`];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return new TextDecoder().decode(stdout).trim();
}
