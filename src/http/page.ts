/**
 * The status page, whole: nothing else is fetched for it, so it works where there is no internet.
 *
 * @module
 */

import html from "./page/page.html" with { type: "text" };
import script from "./page/page.js" with { type: "text" };
import style from "./page/page.css" with { type: "text" };

/** A page, and what a browser may do with it. */
export interface Page {
  readonly html: string;
  /** A Content-Security-Policy that lets this style and this script be used, and no other. */
  readonly contentSecurityPolicy: string;
}

/** Puts the page together. */
export async function buildPage(): Promise<Page> {
  const styleSource = await hashSource(style);
  const scriptSource = await hashSource(script);
  return {
    html: html
      .replace(/<style>.*?<\/style>/s, () => `<style>${style}</style>`)
      .replace(/<script>.*?<\/script>/s, () => `<script>${script}</script>`),
    contentSecurityPolicy: [
      "default-src 'none'",
      `style-src ${styleSource}`,
      `script-src ${scriptSource}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  };
}

async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}
