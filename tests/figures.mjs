// Writes figures the way `make bench` promises them: one JSON object a line, and a table.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim();

/**
 * Prints `figures` as a table and writes them to target/bench/<suite>.jsonl.
 *
 * `keepOthers` leaves figures of other names where they are: those of another program of the suite,
 * or of conditions that were not measured this time.
 */
export function report(suite, figures, { keepOthers = false } = {}) {
  const path = `target/bench/${suite}.jsonl`;
  const lines = figures.map((figure) => ({ ...figure, commit }));
  const measured = new Set(figures.map(({ figure }) => figure));
  const others = keepOthers && existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  const kept = others.map((line) => JSON.parse(line)).filter(({ figure }) => !measured.has(figure));
  writeFileSync(path, [...kept, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(""));
  console.table(
    Object.fromEntries(
      lines.map(({ figure, value, unit, goal, better }) => [
        figure,
        { value, unit, goal, met: goal === undefined ? "" : better === "lower" ? value <= goal : value >= goal },
      ]),
    ),
  );
}

/** The q-quantile of a list, by the nearest rank. */
export function quantile(list, q) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
