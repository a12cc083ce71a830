/** Rules about the source that no linter of ours knows. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = import.meta.dirname;

const files = readdirSync(root, { recursive: true, encoding: "utf8" });

const sources = (ending: string): string[] => files.filter((path) => path.endsWith(ending));

const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("styles", () => {
  /** Sides by compass; in Arabic the page is written from the other one. */
  const PHYSICAL =
    /^\s*(?:(?:margin|padding|border)-(?:left|right)\b|(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b|border-(?:top|bottom)-(?:left|right)-radius)/;

  it("name sides by the direction of writing", () => {
    const found = sources(".css").flatMap((path) =>
      read(path)
        .split("\n")
        .filter((line) => PHYSICAL.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  it("set no capitals and no spacing of letters, which break Arabic and Ethiopic", () => {
    const found = sources(".css").filter((path) =>
      /letter-spacing|text-transform|font-style:\s*italic/.test(read(path)),
    );
    expect(found).toEqual([]);
  });
});

describe("imports", () => {
  /** Each folder and what it may import besides itself. */
  const ALLOWED: Record<string, readonly string[]> = {
    styles: [],
    i18n: [],
    ui: ["i18n"],
    api: ["i18n"],
    signaling: ["i18n", "api"],
    media: ["i18n"],
    auth: ["ui", "api", "i18n"],
    schedule: ["ui", "api", "i18n"],
    rooms: ["ui", "api", "i18n"],
    lobby: ["ui", "api", "i18n", "media", "signaling"],
    call: ["ui", "api", "i18n", "media", "signaling", "lobby"],
    join: ["ui", "api", "i18n", "call", "lobby"],
    kiosk: ["ui", "api", "i18n", "media", "signaling", "lobby", "call", "join"],
  };

  it("go one way: ui and api, then features, then app", () => {
    const modules = [...sources(".ts"), ...sources(".tsx")];
    const wrong = modules.flatMap((path) => {
      const [folder = ""] = path.split("/");
      const allowed = ALLOWED[folder];
      if (!allowed) return []; // app may import everything
      return [...read(path).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)]
        .map(([, target = ""]) => relative(root, normalize(join(root, dirname(path), target))))
        .map((target) => target.split("/")[0] ?? "")
        .filter((target) => target !== folder && !allowed.includes(target))
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });
});
