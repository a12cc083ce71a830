// Firefox on the same road: an interpreter's link, the green room, and sound and pictures both ways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import puppeteer from "puppeteer-core";

import { launch, person } from "./chromium.mjs";
import { letIn } from "./officer.mjs";
import { bookOverHttp } from "./http.mjs";
import { keepConnections, PATIENCE_MS, seesAndHears, sendsSoundAs } from "./received.mjs";
import { startServer } from "./server.mjs";
import { wordsOf } from "./words.mjs";

let server;
let chromium;
let firefox;

before(async () => {
  server = await startServer();
  chromium = await launch();
  firefox = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
      "media.autoplay.default": 0,
      "intl.accept_languages": "en-GB",
    },
  });
});

after(async () => {
  await firefox?.close();
  await chromium?.close();
  await server?.stop();
});

test("an interpreter in Firefox and an officer in Chromium see and hear each other", { timeout: 180_000 }, async () => {
  const words = wordsOf("en");
  const { links, session } = await bookOverHttp(server.url, {
    email: "coordinator@ind.example",
    room: "Room 1",
    lead: "Jeroen Bakker",
    interpreter: "Selam Tesfay",
    language: "ti",
  });

  const interpreter = await firefox.newPage();
  interpreter.setDefaultTimeout(PATIENCE_MS);
  await interpreter.evaluateOnNewDocument(keepConnections);
  await interpreter.goto(links.interpreter);
  const enter = await interpreter.waitForSelector('[data-testid="enter"]');
  await enter.click();

  const { page: officer } = await person(chromium, "en");
  await officer.goto(server.url);
  await officer.locator('input[name="email"]').fill("officer@ind.example");
  await officer.locator('input[name="password"]').fill("timisoara-2011");
  await officer.getByRole("button", { name: words("staff.signIn.submit"), exact: true }).click();
  await officer.locator('main a[href$="/join"]').first().waitFor();
  await officer.goto(`${server.url}/sessions/${session}/join`);
  await officer.getByTestId("enter").click();
  await letIn(officer, words, 1);

  await interpreter.waitForSelector('[data-testid="call"][data-media="connected"]');
  await Promise.all([seesAndHears(officer, 1), seesAndHears(interpreter, 1)]);
  // Chromium sends its sound with redundancy, which Firefox does not know: it heard it all the same.
  assert.equal(await sendsSoundAs(officer), "audio/red");

  await officer.getByTestId("end").click();
  await officer.getByTestId("confirm").click();
  await interpreter.waitForSelector('[data-testid="over-ended"]');
});
