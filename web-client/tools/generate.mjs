/**
 * Writes src/api/schema.gen.d.ts from the server's OpenAPI document: `npm run generate -- FILE|URL`.
 *
 * The generator needs TypeScript's compiler API, which version 7 no longer has; so it lives here with
 * a TypeScript of its own.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tools = dirname(fileURLToPath(import.meta.url));
const source = process.argv[2] ?? "http://localhost:8080/api/v1/openapi.json";
const target = join(tools, "../src/api/schema.gen.d.ts");

if (!existsSync(join(tools, "node_modules/openapi-typescript"))) {
  console.log("installing the generator");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: tools,
    stdio: "inherit",
  });
}
const { default: openapiTS, astToString } = await import("openapi-typescript");

const document = /^https?:/.test(source)
  ? await (await fetch(source)).json()
  : JSON.parse(readFileSync(source, "utf8"));
writeFileSync(
  target,
  `/** The HTTP API as types. Generated from its OpenAPI document; change the server, then generate. */\n\n${astToString(
    await openapiTS(withoutBase(document)),
  )}`,
);
console.log(`wrote ${target}`);

/** The client's paths are relative to the API's version. */
function withoutBase(api) {
  const paths = Object.entries(api.paths).map(([path, item]) => [
    path.replace(/^\/api\/v1(?=\/)/, ""),
    item,
  ]);
  return { ...api, paths: Object.fromEntries(paths) };
}
