/** The colours: every text on its ground, and every border that carries meaning, can be seen. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

/** The custom properties of a theme, laid over those of paper. */
function theme(name: string): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [, selector = "", block = ""] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const applies = selector.includes(":root") || selector.includes(`[data-theme="${name}"]`);
    if (!applies || selector.includes(":lang")) continue;
    for (const [, token = "", value = ""] of block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6});/g)) {
      tokens.set(token, value);
    }
  }
  return tokens;
}

function luminance(colour: string): number {
  const channel = (from: number) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT: readonly (readonly [string, string])[] = [
  ["--text", "--canvas"],
  ["--text", "--surface"],
  ["--text", "--surface-2"],
  ["--muted", "--canvas"],
  ["--muted", "--surface"],
  ["--muted", "--surface-2"],
  ["--accent", "--canvas"],
  ["--accent", "--surface"],
  ["--accent-strong", "--accent-soft"],
  ["--on-accent", "--accent"],
  ["--on-accent", "--accent-strong"],
  ["--on-danger", "--danger"],
  ["--on-danger", "--danger-strong"],
  ["--on-interp", "--interp"],
  ["--ok-text", "--ok-soft"],
  ["--warn-text", "--warn-soft"],
  ["--danger-text", "--danger-soft"],
  ["--interp-text", "--interp-soft"],
  ["--info-text", "--info-soft"],
  ["--stage-text", "--stage"],
  ["--stage-text", "--stage-2"],
  ["--stage-muted", "--stage"],
  ["--stage-accent", "--stage"],
];

const PARTS: readonly (readonly [string, string])[] = [
  ["--line-strong", "--canvas"],
  ["--line-strong", "--surface"],
  ["--focus", "--canvas"],
  ["--focus", "--surface"],
  ["--focus-on-accent", "--accent"],
  ["--stage-border", "--stage"],
];

describe.each(["paper", "stage", "kiosk"])("the theme %s", (name) => {
  const tokens = theme(name);
  const colour = (token: string) => {
    const value = tokens.get(token);
    if (!value) throw new Error(`${token} is no colour`);
    return value;
  };

  it.each(TEXT)("lets %s be read on %s", (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(PARTS)("lets %s be seen on %s", (part, ground) => {
    expect(contrast(colour(part), colour(ground))).toBeGreaterThanOrEqual(3);
  });
});
