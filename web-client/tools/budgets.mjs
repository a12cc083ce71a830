/**
 * Holds the built pages to their sizes: what a browser fetches, gzip, in KiB.
 *
 * Prints a table; with `--json FILE` also writes one figure a line for `make bench`.
 */

import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const sizes = new Map();

function size(file) {
  if (!sizes.has(file)) {
    sizes.set(file, gzipSync(readFileSync(join("dist", file)), { level: 9 }).length);
  }
  return sizes.get(file);
}

/** Scripts and styles that come with a chunk before it runs. */
function files(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const next of chunk.imports ?? []) files(next, found);
  return found;
}

const total = (set) => [...set].reduce((sum, file) => sum + size(file), 0);
const less = (set, base) => new Set([...set].filter((file) => !base.has(file)));
const chunk = (source) => {
  if (manifest[source]) return source;
  throw new Error(`${source} is no chunk of its own in the build`);
};

const shell = files("index.html");
/** Words of one language: the largest catalogue of each area the page loads. */
const catalogue = (area) =>
  Math.max(
    0,
    ...Object.entries(manifest)
      .filter(([key]) => key.startsWith(`src/i18n/${area}/`))
      .map(([, { file }]) => size(file)),
  );

/** Pages of the router; `later` things such as dialogs and the media library come on top. */
const routes = ["app/home", "app/details", "app/join-session", "rooms/rooms-page"].map((name) =>
  chunk(`src/${name}.tsx`),
);

/** Every chunk that a page may load later. */
function reachable(key, found = new Set()) {
  if (shell.has(manifest[key]?.file)) return found; // the shell leads everywhere
  for (const next of [
    ...(manifest[key]?.imports ?? []),
    ...(manifest[key]?.dynamicImports ?? []),
  ]) {
    if (!found.has(next)) {
      found.add(next);
      reachable(next, found);
    }
  }
  return found;
}

const largestRoute = routes
  .map((key) => ({ key, bytes: total(less(files(key), shell)) }))
  .toSorted((one, other) => other.bytes - one.bytes)[0];

const figures = [
  ["web.kiosk_kb", 90, total(files("kiosk.html")) + catalogue("kiosk")],
  ["web.shell_kb", 130, total(shell)],
  ["web.route_kb", 120, largestRoute?.bytes ?? 0, largestRoute?.key],
  ["web.call_kb", 160, callBytes()],
];

/** What starting a call loads on top of its page: the media library and what speaks to it. */
function callBytes() {
  const page = files(chunk("src/app/join-session.tsx"));
  const call = new Set();
  for (const later of reachable("src/app/join-session.tsx")) {
    if (!later.includes("/i18n/")) files(later, call);
  }
  return total(less(call, page));
}

let over = false;
for (const [name, goal, bytes, note] of figures) {
  const kib = bytes / 1024;
  over ||= kib > goal;
  console.log(
    `${name.padEnd(16)} ${kib.toFixed(1).padStart(7)} KiB  goal ${String(goal).padStart(4)}  ${kib > goal ? "OVER" : "ok"}${note ? `  ${note}` : ""}`,
  );
  const out = process.argv.indexOf("--json");
  if (out > 0) {
    const figure = {
      figure: name,
      value: Number(kib.toFixed(1)),
      unit: "KiB",
      goal,
      better: "lower",
      commit: execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim(),
    };
    appendFileSync(process.argv[out + 1], `${JSON.stringify(figure)}\n`);
  }
}
process.exitCode = over ? 1 : 0;
