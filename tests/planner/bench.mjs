// The planner's figures: how long, how good beside OR-tools CP-SAT in the same run, how little moves.
//
//   node tests/planner/bench.mjs          CP_SAT_SECONDS=60 by default
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "../figures.mjs";
import { plan, replans } from "./bega.mjs";

const here = new URL(".", import.meta.url).pathname;
const seconds = process.env.CP_SAT_SECONDS ?? "60";
const folder = mkdtempSync(join(tmpdir(), "bega-planner-"));
const python = withOrTools();
execFileSync(python, [join(here, "instances.py"), folder]);

const figures = [];
for (const [name, goal] of [
  ["small", 1],
  ["dutch-pilot", 1],
  ["mission", 1],
  ["medium", 10],
  ["large", 10],
]) {
  const instance = read(name);
  const began = performance.now();
  const answer = plan(instance);
  const took = (performance.now() - began) / 1000;
  figures.push({ figure: `planner.${name}.seconds`, value: round(took), unit: "s", goal, better: "lower", objective: answer.objective });
  if (name === "large") continue;
  const cpSat = JSON.parse(execFileSync(python, [join(here, "cp_sat.py"), join(folder, `${name}.json`), seconds]));
  const over = cpSat.cost === null || answer.objective.unplaced < cpSat.unplaced ? -1 : answer.objective.cost / cpSat.cost - 1;
  figures.push({
    figure: `planner.${name}.over_cp_sat`,
    value: answer.objective.unplaced > cpSat.unplaced && cpSat.cost !== null ? 1 : round(over),
    unit: "share",
    goal: 0.01,
    better: "lower",
    beside: { cp_sat: cpSat, bega: answer.objective },
  });
  console.log(name, JSON.stringify(answer.objective), "CP-SAT", JSON.stringify(cpSat));
  if (name === "mission") {
    for (const [kind, changed] of Object.entries(replans(instance, answer))) {
      const { objective } = plan(changed);
      figures.push({
        figure: `planner.${kind}.moved`,
        value: round(objective.moved / answer.plan.length),
        unit: "share",
        goal: 0.1,
        better: "lower",
        objective,
      });
    }
  }
}
report("planner", figures);

function read(name) {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}

function round(value) {
  return Math.round(value * 10_000) / 10_000;
}

/** A Python with OR-tools, pinned. */
function withOrTools() {
  const venv = join(process.env.CARGO_TARGET_DIR ?? join(here, "../../target"), "planner-venv");
  const python = join(venv, "bin/python3");
  if (!existsSync(join(venv, ".installed"))) {
    execFileSync("python3", ["-m", "venv", venv]);
    execFileSync(python, ["-m", "pip", "install", "--quiet", "-r", join(here, "requirements.txt")], { stdio: "inherit" });
    execFileSync("touch", [join(venv, ".installed")]);
  }
  return python;
}
