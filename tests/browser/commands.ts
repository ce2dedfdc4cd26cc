/**
 * What a test and the browser's driver say to each other.
 *
 * @module
 */

/** What can be asked for. */
export type BrowserCommand =
  | { readonly do: "open"; readonly url: string; readonly view: View }
  /** Evaluates an expression in the page. */
  | { readonly do: "evaluate"; readonly expression: string }
  | { readonly do: "press"; readonly key: string }
  /** Has axe look for what is hard to use without eyes or without a mouse. */
  | { readonly do: "audit" }
  /** What the page wrote to the console or failed at, and all that it fetched. */
  | { readonly do: "report" };

/** How a page is looked at. */
export interface View {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

/** The answer to a command. */
export type BrowserAnswer = { readonly value: unknown } | { readonly error: string };
