// Writes figures the way `make bench` promises them: one JSON object a line, and a table.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim();

/** Prints `figures` as a table and writes them to target/bench/<suite>.jsonl. */
export function report(suite, figures) {
  const lines = figures.map((figure) => ({ ...figure, commit }));
  writeFileSync(`target/bench/${suite}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
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
