/**
 * One Token for each name as long as the program lives. Who is found by a name is known again by its
 * Token; with another one a program would be kept out by its own earlier session, or meet it.
 *
 * @module
 */

import { MAX_KEPT_TOKENS } from "./limits.ts";
import type { Platform } from "./platform/platform.ts";
import { newToken, type Setup } from "./signaling/setup.ts";

/** Who stands under a name. */
export interface NamedSetup {
  readonly setup: Setup;
  /** The name is not used any more: whoever uses it next gets its Token. */
  giveBack(): void;
}

/** Tokens by name that nobody uses now, the longest unused first. */
const kept = new WeakMap<Platform, Map<string, readonly string[]>>();

/**
 * Gives a peer its name, where it has one, and a Token for it: one that was given back, or a new one,
 * so that two calls at the same time are two peers, which can even meet each other.
 *
 * @param own what the user has chosen instead
 */
export function underName(
  setup: Setup,
  name: string | undefined,
  own: string | undefined,
): NamedSetup {
  if (name === undefined || own !== undefined) {
    return { setup: { ...setup, name }, giveBack: () => {} };
  }
  const { platform } = setup;
  const tokens = tokensOf(platform);
  const [token = newToken(platform.secrets), ...others] = tokens.get(name) ?? [];
  keep(tokens, name, others);
  const giveBack = () => keep(tokens, name, [...tokens.get(name) ?? [], token]);
  return { setup: { ...setup, name, token }, giveBack };
}

function tokensOf(platform: Platform): Map<string, readonly string[]> {
  const known = kept.get(platform);
  if (known !== undefined) return known;
  const tokens = new Map<string, readonly string[]>();
  kept.set(platform, tokens);
  return tokens;
}

function keep(
  tokens: Map<string, readonly string[]>,
  name: string,
  ofName: readonly string[],
): void {
  tokens.delete(name);
  if (ofName.length > 0) tokens.set(name, ofName);
  const [oldest] = tokens.keys();
  if (tokens.size > MAX_KEPT_TOKENS) tokens.delete(oldest);
}
