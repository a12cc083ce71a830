// The room's device on its own: paired by six digits, idle, called into a session, and back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, person, picture } from "./chromium.mjs";
import { bookOverHttp, signIn } from "./http.mjs";
import { letIn } from "./officer.mjs";
import { seesAndHears } from "./received.mjs";
import { startServer } from "./server.mjs";
import { wordsOf } from "./words.mjs";

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a paired device finds its session by itself, in the language of the booking", { timeout: 180_000 }, async () => {
  const words = wordsOf("en");
  const { page: kiosk, complaints } = await person(browser, "en");
  await kiosk.goto(`${server.url}/kiosk.html`);
  const code = await kiosk.getByTestId("pairing-code").getAttribute("data-code");
  assert.match(code, /^\d{6}$/);
  await isAccessible(kiosk, "the pairing screen");
  await picture(kiosk, "kiosk-pair");

  const coordinator = await signIn(server.url, "coordinator@ind.example");
  const { items: rooms } = await coordinator("GET", "/rooms");
  const roomId = rooms.find(({ name }) => name === "Room 2").id;
  await coordinator("POST", "/devices/pairings/confirm", { code, roomId, name: "Screen in Room 2" });
  await kiosk.getByTestId("kiosk-idle").waitFor();
  await isAccessible(kiosk, "the idle screen");
  await noScrolling(kiosk);
  await picture(kiosk, "kiosk-idle");

  // A reloaded device is still the same device.
  await kiosk.reload();
  await kiosk.getByTestId("kiosk-idle").waitFor();

  const { session } = await bookOverHttp(server.url, {
    email: "coordinator@ind.example",
    room: "Room 2",
    lead: "Jeroen Bakker",
    language: "ti",
  });
  await kiosk.getByTestId("kiosk-waiting").waitFor();
  assert.equal(await kiosk.evaluate(() => document.documentElement.lang), "ti");
  // It has tried its line by itself, and whoever arranges the session sees what came out.
  const [line] = await coordinator("GET", `/sessions/${session}/line-checks`);
  assert.deepEqual([line.verdict, line.result.path], ["good", "udp"]);
  await isAccessible(kiosk, "the waiting screen");
  await noScrolling(kiosk);
  await picture(kiosk, "kiosk-waiting-ti");

  const { page: officer } = await person(browser, "en");
  await officer.goto(server.url);
  await officer.locator('input[name="email"]').fill("officer@ind.example");
  await officer.locator('input[name="password"]').fill("timisoara-2011");
  await officer.getByRole("button", { name: words("staff.signIn.submit"), exact: true }).click();
  await officer.locator('main a[href$="/join"]').first().waitFor();
  await officer.goto(`${server.url}/sessions/${session}/join`);
  await officer.getByTestId("enter").click();
  await letIn(officer, words, 1);
  await kiosk.getByTestId("kiosk-live").waitFor();
  await Promise.all([seesAndHears(kiosk, 1), seesAndHears(officer, 1)]);
  await isAccessible(kiosk, "the live screen");
  await noScrolling(kiosk);
  await picture(kiosk, "kiosk-live-ti");

  await kiosk.getByTestId("break").click();
  await officer.getByText(words("call.people.hands")).waitFor();
  await officer.getByTestId("end").click();
  await officer.getByTestId("confirm").click();
  await kiosk.getByTestId("kiosk-over-ended").waitFor();
  await isAccessible(kiosk, "the last screen");
  assert.deepEqual(complaints, []);
});

/** Everything fits: whoever sits before it cannot know that there is more below. */
async function noScrolling(page) {
  const hidden = await page.evaluate(() => ({
    across: document.documentElement.scrollWidth - window.innerWidth,
    down: document.documentElement.scrollHeight - window.innerHeight,
  }));
  assert.deepEqual(hidden, { across: 0, down: 0 });
}
