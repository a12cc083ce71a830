// Whole plans of `bega plan`, held against a checker that was written from the specification.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bega, plan, replans } from "./bega.mjs";

const here = new URL(".", import.meta.url).pathname;
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "bega-planner-"));
  execFileSync("python3", [join(here, "instances.py"), folder]);
});
after(() => rmSync(folder, { recursive: true }));

for (const name of ["small", "dutch-pilot", "mission", "over-full", "medium"]) {
  test(`the plan of ${name} breaks no rule`, () => {
    const instance = read(name);
    const answer = plan(instance);

    holds(instance, answer);
  });
}

test("the over-full mission says for each interview left out what would have to change", () => {
  const { unplaced } = plan(read("over-full"));

  assert.ok(unplaced.length > 0);
  for (const { interview, reasons } of unplaced) {
    assert.ok(reasons.length > 0 && reasons.every(({ code, detail }) => code && detail), interview);
    assert.ok(reasons.every(({ code }) => code !== "search_limit"), interview);
  }
});

test("the same input gives the same output", () => {
  const instance = read("small");
  const [first, second] = [plan(instance), plan(instance)].map(({ seconds, ...rest }) => rest);

  assert.deepEqual(first, second);
});

test("what happens to a plan moves little of it", () => {
  const instance = read("mission");
  const first = plan(instance);

  for (const [name, changed] of Object.entries(replans(instance, first))) {
    const second = plan(changed);

    holds(changed, second, name);
    assert.equal(second.objective.unplaced, 0, name);
    assert.ok(second.objective.moved <= 0.1 * first.plan.length + 2, `${name}: ${second.objective.moved} moved`);
  }
});

test("bad input exits with 2, names every field on standard error, and prints nothing else", () => {
  const instance = read("small");
  instance.site.time_zone = "Europe/Atlantis";
  instance.rooms[0].seats = "four";

  const { status, stdout, stderr } = spawnSync(bega, ["plan"], { input: JSON.stringify(instance), encoding: "utf8" });

  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.deepEqual(
    JSON.parse(stderr).map(({ path }) => path),
    ["/site/time_zone", "/rooms/0/seats"],
  );
});

test("ten megabytes of nonsense are refused at once", () => {
  const { status, stderr } = spawnSync(bega, ["plan"], { input: "[".repeat(10_000_000), encoding: "utf8", timeout: 5000 });

  assert.equal(status, 2);
  assert.equal(JSON.parse(stderr)[0].path, "");
});

function read(name) {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}

function holds(instance, answer, message = "") {
  const files = ["instance", "plan"].map((name) => join(folder, `${name}.json`));
  writeFileSync(files[0], JSON.stringify(instance));
  writeFileSync(files[1], JSON.stringify(answer));
  const { status, stdout } = spawnSync("python3", [join(here, "check.py"), ...files], { encoding: "utf8" });
  assert.equal(status, 0, `${message} ${stdout}`);
}
