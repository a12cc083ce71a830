// Firefox inside a network namespace: `ip netns exec NAMESPACE node firefox.mjs`, driven line by line.
//
// Firefox is driven over a socket of its own machine, so its driver must live where it lives. Each
// line on standard input is a JavaScript expression as JSON text; each answer is a line of JSON.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { FILES } from "./browsers.mjs";

const require = createRequire(new URL("../browser/package.json", import.meta.url));
const puppeteer = require("puppeteer-core");

const pages = createServer((request, response) => {
  const file = FILES[request.url];
  response.statusCode = file ? 200 : 404;
  response.setHeader("content-type", file?.contentType ?? "text/plain");
  response.end(file?.body);
}).listen(0, "127.0.0.1");
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
    // It would look for a video plugin that cannot be had here.
    "media.gmp-manager.updateEnabled": false,
    ...JSON.parse(process.env.FIREFOX_PREFS ?? "{}"),
  },
});
const page = await browser.newPage();
await page.goto(`http://localhost:${pages.address().port}/`);
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await page.evaluate(JSON.parse(line)).then(
    (value) => ({ value }),
    (error) => ({ error: String(error) }),
  );
  console.log(JSON.stringify(answer));
}
await browser.close();
pages.close();
