/**
 * A browser without a window, driven by lines: a JSON command on each line of standard input, and a
 * JSON answer to each on standard output.
 *
 *     deno run --allow-all tests/browser/driver.ts chromium
 *
 * A program of its own with a configuration of its own: whoever runs the server must not have to
 * download what only this test needs.
 *
 * @module
 */

import axe from "axe-core";
import { chromium, type Page } from "playwright-core";
import { readLines } from "../support/lines.ts";
import type { BrowserAnswer, BrowserCommand, View } from "./commands.ts";

const complaints: string[] = [];
const fetched: string[] = [];
let page: Page;

const browser = await chromium.launch({
  executablePath: Deno.args[0],
  // Containers and root have no namespaces for its sandbox; it loads nothing but this server.
  args: ["--no-sandbox"],
});

async function perform(command: BrowserCommand): Promise<unknown> {
  switch (command.do) {
    case "open":
      return await open(command.url, command.view);
    case "evaluate":
      return await page.evaluate(command.expression);
    case "press":
      return await page.keyboard.press(command.key);
    case "audit":
      // Evaluated by the debugger, which no policy of the page keeps out.
      await page.evaluate(axe.source);
      return await page.evaluate("axe.run().then(({ violations }) => violations)");
    case "report":
      return { complaints, fetched };
  }
}

async function open(url: string, { colorScheme, width }: View): Promise<void> {
  page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => fetched.push(request.url()));
  await page.goto(url);
}

async function answer(line: string): Promise<BrowserAnswer> {
  try {
    return { value: await perform(JSON.parse(line)) };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of readLines(Deno.stdin.readable)) {
  console.log(JSON.stringify(await answer(line)));
}
await browser.close();
