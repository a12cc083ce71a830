// Chromium inside a network namespace, with recorded speech and pictures as its devices.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../web-client/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const PAGE = "<!doctype html><title>rig</title><script src=/client.js></script><script src=/page.js></script><body></body>";
const client = readFileSync(
  new URL("../../web-client/node_modules/livekit-client/dist/livekit-client.umd.js", import.meta.url),
);
const script = readFileSync(new URL("page.js", import.meta.url));

/** What the page's server answers, by path. */
export const FILES = {
  "/": { contentType: "text/html", body: PAGE },
  "/client.js": { contentType: "text/javascript", body: client },
  "/page.js": { contentType: "text/javascript", body: script },
};

/** A browser whose network is the namespace's. It is driven over a pipe, which knows no network. */
export async function launchChromium(namespace, { sources, flags = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bega-rig-browser-"));
  const program = join(folder, "chromium");
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${namespace} ${process.env.CHROMIUM ?? "/usr/bin/chromium"} "$@"\n`);
  chmodSync(program, 0o755);
  const browser = await chromium.launch({
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      ...(sources ? [`--use-file-for-fake-audio-capture=${sources.speech}`, `--use-file-for-fake-video-capture=${sources.pictures}`] : []),
      ...flags,
    ],
  });
  return {
    /** A page that knows nothing of the pages before it. */
    async open() {
      const context = await browser.newContext({
        permissions: ["camera", "microphone"],
        viewport: { width: 1280, height: 720 },
      });
      // Answered here, without a server: `localhost` counts as secure, so devices may be used.
      await context.route("http://localhost/**", (route) => {
        const file = FILES[new URL(route.request().url()).pathname];
        return file ? route.fulfill(file) : route.fulfill({ status: 404 });
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`page: ${error.message}`));
      if (process.env.BEGA_RIG_LOG) page.on("console", (message) => console.error(`page: ${message.text()}`));
      await page.goto("http://localhost/");
      return { page, close: () => context.close() };
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Firefox in the namespace, as a page with the same `evaluate` as Chromium's. */
export async function launchFirefox(network, namespace) {
  const driver = network.spawn(namespace, process.execPath, [new URL("firefox.mjs", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: driver.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Firefox ended");
    const { value: result, error } = JSON.parse(value);
    if (error) throw new Error(`in Firefox: ${error}`);
    return result;
  };
  await answer();
  return {
    async evaluate(act, argument) {
      driver.stdin.write(`${JSON.stringify(`(${act})(${JSON.stringify(argument) ?? ""})`)}\n`);
      return answer();
    },
    async close() {
      const gone = once(driver, "exit");
      driver.stdin.end();
      await gone;
    },
  };
}
