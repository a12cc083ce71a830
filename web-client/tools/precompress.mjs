/** Writes .br and .gz beside every text file of dist, so the server never compresses at request time. */

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".map", ".wasm"]);
/** A smaller variant must save at least this much, or a header costs more than it brings. */
const WORTH_BYTES = 64;

let files = 0;
let raw = 0;
let small = 0;
for (const path of walk("dist")) {
  if (!TEXT.has(extname(path))) continue;
  const content = readFileSync(path);
  const brotli = brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  const gzip = gzipSync(content, { level: 9 });
  files += 1;
  raw += content.length;
  small += brotli.length;
  if (content.length - brotli.length > WORTH_BYTES) writeFileSync(`${path}.br`, brotli);
  if (content.length - gzip.length > WORTH_BYTES) writeFileSync(`${path}.gz`, gzip);
}
console.log(`${files} files, ${kib(raw)} KiB, ${kib(small)} KiB with brotli`);

function* walk(directory) {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) {
      if (name !== ".vite") yield* walk(path);
    } else yield path;
  }
}

function kib(bytes) {
  return Math.round(bytes / 1024);
}
