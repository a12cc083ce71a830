// Chromium with fake devices, and what can be asked of its pages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { keepConnections, PATIENCE_MS } from "./received.mjs";

const require = createRequire(new URL("../../web-client/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-ui-for-media-stream",
      // Few pictures a second: three people's encoders share this machine.
      "--use-fake-device-for-media-stream=fps=10",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });

/** One person's browser: a page of its own that knows nobody else's cookies. */
export async function person(browser, locale) {
  const context = await profile(browser, locale);
  return { ...(await windowOf(context)), close: () => context.close() };
}

/** A browser with cookies of its own. */
export async function profile(browser, locale) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ["camera", "microphone"],
    locale: "en-GB",
    timezoneId: "Europe/Amsterdam",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript((language) => localStorage.setItem("bega.language", language), locale);
  await context.addInitScript(keepConnections);
  return context;
}

/** One more window of a browser. */
export async function windowOf(context) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  return { page, complaints, close: () => page.close() };
}

/** Waits until the tile of a participant shows moving pictures. */
export async function showsPictureOf(page, participant) {
  const video = page.locator(`[data-participant="${participant}"] video`);
  await video.waitFor();
  const frames = () => video.evaluate((element) => element.getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  await page.waitForFunction(
    ([id, count]) => {
      const element = document.querySelector(`[data-participant="${id}"] video`);
      return element !== null && element.getVideoPlaybackQuality().totalVideoFrames > count;
    },
    [participant, before],
    { polling: 250 },
  );
}

/** Throws when the page has a serious accessibility finding. */
export async function isAccessible(page, what) {
  // Half faded in, nothing has its contrast yet.
  await page.waitForFunction(
    () =>
      document
        .getAnimations()
        .every(({ playState, effect }) => playState !== "running" || effect?.getComputedTiming().endTime === Infinity),
    undefined,
    { polling: 50 },
  );
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), WCAG);
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  if (serious.length === 0) return;
  const text = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  throw new Error(`${what} is not accessible:\n${text.join("\n")}`);
}

/** Saves what a page shows, to look at after a failure. */
export async function picture(page, name) {
  const folder = process.env.BEGA_TEST_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
