// Runs every suite one after the other and prints one closing count.
//
// A suite is a command whose own closing lines are counted. A suite that ends badly without a
// counted failure (it did not build, it was killed) counts as one failure, so that the closing
// line can never look better than what happened.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const full = Boolean(process.env.BEGA_TEST_FULL);
const only = process.argv.slice(2);

const COUNTS = [
  // cargo test: "test result: ok. 5 passed; 0 failed; 1 ignored; …"
  { pattern: /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm, pick: ([, p, f, s]) => [p, f, s] },
  // cargo nextest: "Summary [ 1.2s] 37 tests run: 36 passed, 1 failed, 2 skipped"
  {
    pattern: /Summary \[.*\] +\d+(?:\/\d+)? tests? run: (\d+) passed(?: \([^)]*\))?(?:, (\d+) failed)?(?:, (\d+) skipped)?/g,
    pick: ([, p, f, s]) => [p, f, s],
  },
  // vitest: "Tests  1 failed | 36 passed | 2 skipped (39)"
  {
    pattern: /^ *Tests +(?:(\d+) failed \| )?(\d+) passed(?: \| (\d+) skipped)?/gm,
    pick: ([, f, p, s]) => [p, f, s],
  },
  // node --test: "# pass 5", "# fail 0", "# skipped 0"
  { pattern: /^(?:#|ℹ) pass (\d+)$/gm, pick: ([, p]) => [p, 0, 0] },
  { pattern: /^(?:#|ℹ) fail (\d+)$/gm, pick: ([, f]) => [0, f, 0] },
  { pattern: /^(?:#|ℹ) skipped (\d+)$/gm, pick: ([, s]) => [0, 0, s] },
  // pytest: "5 passed, 1 failed in 3.2s"
  { pattern: /^=+ .*?(\d+) passed.* in [\d.]+s.*=+$/gm, pick: ([, p]) => [p, 0, 0] },
  { pattern: /^=+ .*?(\d+) failed.* in [\d.]+s.*=+$/gm, pick: ([, f]) => [0, f, 0] },
];

const hasNextest = await exitCode("cargo", ["nextest", "--version"]).then((code) => code === 0);
const rust = hasNextest
  ? ["cargo", ["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]]
  : ["cargo", ["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]];

const suites = [
  { name: "server", command: ["cargo", ["build", "--package", "bega", "--locked"]], counts: false },
  { name: "rust", command: rust },
  { name: "documentation examples", command: ["cargo", ["test", "--workspace", "--locked", "--doc"]] },
  { name: "web", command: ["npm", ["run", "--silent", "--prefix", "web-client", "test"]] },
  { name: "page sizes", command: ["npm", ["run", "--silent", "--prefix", "web-client", "budgets"]], counts: false },
  { name: "planner", command: ["node", ["--test", "--test-reporter=tap", "tests/planner/plan.test.mjs"]] },
  { name: "conformance", command: ["tests/conformance/run", []] },
  { name: "browser", command: ["tests/browser/run", []] },
  { name: "bad links", command: ["tests/rig/run", ["quality.test.mjs"]] },
  ...(full ? [{ name: "fuzzing", command: ["tests/fuzz/run", ["60"]] }] : []),
];

mkdirSync(target, { recursive: true });
const started = Date.now();
const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const { name, command, counts = true } of suites) {
  if (only.length > 0 && !only.includes(name)) continue;
  console.log(`\n== ${name}`);
  const began = Date.now();
  const { code, output } = await run(...command);
  const counted = counts ? count(output) : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(total)) total[key] += counted[key];
  summary.push(`${name}: ${counted.passed} passed, ${counted.failed} failed in ${seconds(Date.now() - began)}`);
  if (name === "server" && code !== 0) break;
}

console.log(`\n${summary.join("\n")}`);
console.log(`all suites in ${seconds(Date.now() - started)}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function count(output) {
  const sum = [0, 0, 0];
  for (const { pattern, pick } of COUNTS) {
    for (const match of output.matchAll(pattern)) pick(match).forEach((n, i) => (sum[i] += Number(n ?? 0)));
  }
  return { passed: sum[0], failed: sum[1], skipped: sum[2] };
}

function run(program, args) {
  return new Promise((done) => {
    const chunks = [];
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, BEGA_BIN: join(target, "debug", "bega"), BEGA_TEST_FULL: full ? "1" : "", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.on("data", (chunk) => {
        sink.write(chunk);
        chunks.push(chunk);
      });
    }
    child.on("error", (error) => {
      console.error(String(error));
      done({ code: 1, output: "" });
    });
    child.on("close", (code) => done({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

function exitCode(program, args) {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: "ignore" });
    child.on("error", () => done(1));
    child.on("close", (code) => done(code));
  });
}

function seconds(milliseconds) {
  return `${Math.round(milliseconds / 1000)} s`;
}
