// Checks that every dependency, Rust and web, has a licence that NOTICE allows: permissive ones only.
//
// Reads what cargo and npm themselves recorded (`cargo metadata`, `package-lock.json`), so it needs
// no network and no further tool. Development-only web packages may also be MPL-2.0 (axe-core).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "CDLA-Permissive-2.0",
  "ISC",
  "MIT",
  "MIT-0",
  "OFL-1.1",
  "OpenSSL",
  "Python-2.0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);
const DEVELOPMENT_ONLY = new Set(["MPL-2.0", "CC-BY-4.0"]);

/** Packages whose record names no licence, with what their repository says. */
const STATED_ELSEWHERE = {
  // adobe/react-spectrum, LICENSE: Apache-2.0. Used at build time only.
  "@react-aria/optimize-locales-plugin": "Apache-2.0",
};

/** Whether an SPDX expression can be met with allowed licences alone. */
export function isAllowed(expression, allowed) {
  const tokens = expression
    .replaceAll("/", " OR ")
    .replaceAll("(", " ( ")
    .replaceAll(")", " ) ")
    .split(/\s+/)
    .filter(Boolean);
  let at = 0;
  const either = () => {
    let met = both();
    while (tokens[at] === "OR") {
      at += 1;
      met = both() || met;
    }
    return met;
  };
  const both = () => {
    let met = one();
    while (tokens[at] === "AND") {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const one = () => {
    if (tokens[at] === "(") {
      at += 1;
      const met = either();
      at += 1;
      return met;
    }
    let licence = tokens[at];
    at += 1;
    if (tokens[at] === "WITH") {
      licence += ` WITH ${tokens[at + 1]}`;
      at += 2;
    }
    return allowed.has(licence);
  };
  return either();
}

const refused = [];
let counted = 0;

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version", "1", "--locked"], {
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  }),
);
for (const { name, version, license } of metadata.packages) {
  counted += 1;
  if (!license || !isAllowed(license, PERMISSIVE)) refused.push(`crate ${name} ${version}: ${license ?? "no licence"}`);
}

const locks = ["web-client", "web-client/tools", "tests/conformance", "tests/browser"].map((folder) => `${folder}/package-lock.json`);
for (const lock of locks.filter(existsSync)) {
  for (const [path, { version, dev, ...rest }] of Object.entries(JSON.parse(readFileSync(lock, "utf8")).packages)) {
    if (path === "") continue;
    const license = rest.license ?? STATED_ELSEWHERE[path.replace(/^.*node_modules\//, "")];
    counted += 1;
    const development = dev || lock !== "web-client/package-lock.json";
    const allowed = development ? PERMISSIVE.union?.(DEVELOPMENT_ONLY) ?? new Set([...PERMISSIVE, ...DEVELOPMENT_ONLY]) : PERMISSIVE;
    if (!license || !isAllowed(license, allowed)) refused.push(`${lock}: ${path} ${version}: ${license ?? "no licence"}`);
  }
}

for (const line of refused) console.log(`licence not allowed: ${line}`);
console.log(`${counted} packages, ${refused.length} with a licence that is not allowed`);
process.exitCode = refused.length === 0 ? 0 : 1;
