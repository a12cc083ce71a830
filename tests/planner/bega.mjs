// Runs `bega plan`, and makes the re-plans of a plan.
import { execFileSync } from "node:child_process";

const here = new URL(".", import.meta.url).pathname;

export const bega = process.env.BEGA_BIN ?? `${here}../../target/debug/bega`;

/** What the planner answers to an instance. */
export function plan(instance, seconds = 10) {
  const input = JSON.stringify(instance);
  const options = { input, encoding: "utf8", maxBuffer: 1 << 28 };
  return JSON.parse(execFileSync(bega, ["plan", "--seconds", String(seconds)], options));
}

/** Three instances, by name: an interpreter falls ill, a room is lost, a flight moves. */
export function replans(instance, answer) {
  const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(here)})
from instances import replans
print(json.dumps(replans(*json.load(sys.stdin))))`;
  const input = JSON.stringify([instance, answer]);
  return JSON.parse(execFileSync("python3", ["-c", script], { input, encoding: "utf8", maxBuffer: 1 << 28 }));
}
