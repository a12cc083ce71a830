// The whole road: a coordinator books, three browsers meet, see and hear each other, survive cut
// sockets and a killed server, and the officer ends the session.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, person, picture, profile, showsPictureOf, windowOf } from "./chromium.mjs";
import { letIn } from "./officer.mjs";
import { seesAndHears } from "./received.mjs";
import { startServer } from "./server.mjs";
import { wordsOf } from "./words.mjs";

const PASSWORD = "timisoara-2011";
const INTERPRETER = "Selam Tesfay";

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

// As a newcomer does it: every link in a window of the browser in which it was booked.
test("three windows of one browser meet in a booked session, in English", { timeout: 300_000 }, () =>
  walk({ locale: "en", room: "Room 1", spoken: "ti", oneBrowser: true, kill: true }),
);

test("three browsers meet in a booked session, in Arabic", { timeout: 300_000 }, () =>
  walk({ locale: "ar", room: "Room 2", spoken: "ar", oneBrowser: false, kill: false }),
);

async function walk({ locale, room, spoken, oneBrowser, kill }) {
  const words = wordsOf(locale);
  const reference = `Walk ${locale}`;
  const people = [];
  const shared = oneBrowser ? await profile(browser, locale) : null;
  const comes = async () => {
    const somebody = shared ? await windowOf(shared) : await person(browser, locale);
    people.push(somebody);
    return somebody.page;
  };

  try {
    const coordinator = await comes();
    await signIn(coordinator, "coordinator@ind.example", words);
    await isAccessible(coordinator, "the coordinator's day");
    const links = await book(coordinator, { room, spoken, reference, locale, words });

    // The room's device: checks itself, then waits.
    const kiosk = await comes();
    await kiosk.goto(links.room);
    await kiosk.getByTestId("kiosk-waiting").waitFor();
    assert.equal(new URL(kiosk.url()).hash, "", "the secret stays in the address");
    await isAccessible(kiosk, "the kiosk's waiting screen");
    await picture(kiosk, `kiosk-waiting-${locale}`);

    // The interpreter: green room, then the door.
    const interpreter = await comes();
    await interpreter.goto(links.interpreter);
    await interpreter.getByTestId("enter").waitFor();
    await moves(interpreter.getByTestId("level").locator("span"));
    await interpreter.getByRole("button", { name: words("call.line.try") }).click();
    await interpreter.getByText(words("call.line.good")).waitFor();
    await isAccessible(interpreter, "the green room");
    await picture(interpreter, `green-room-${locale}`);
    await interpreter.getByTestId("enter").click();
    await interpreter.getByRole("heading", { name: words("call.waiting.title") }).waitFor();
    await isAccessible(interpreter, "the waiting room");
    await picture(interpreter, `waiting-room-${locale}`);

    // The officer: starts the interview and lets both in.
    const officer = await comes();
    if (oneBrowser) {
      await officer.goto(links.officer);
    } else {
      await signIn(officer, "officer@ind.example", words);
      await officer.locator(`a[href$="/join"]`).first().click();
    }
    await officer.getByTestId("enter").click();
    await officer.getByTestId("call").waitFor();
    await letIn(officer, words, 2);
    await interpreter.getByTestId("call").waitFor();
    await kiosk.getByTestId("kiosk-live").waitFor();

    const inside = [officer, interpreter, kiosk];
    const everybodySeesAndHears = () => Promise.all(inside.map((page) => seesAndHears(page, 2)));
    await everybodySeesAndHears();
    const ids = await idsByRole(officer);
    await showsPictureOf(officer, ids.room_device);
    await showsPictureOf(officer, ids.interpreter);
    await showsPictureOf(kiosk, ids.interpreter);
    for (const [page, what] of [[officer, "officer"], [interpreter, "interpreter"], [kiosk, "kiosk"]]) {
      await isAccessible(page, `the call of the ${what}`);
      await picture(page, `call-${what}-${locale}`);
    }

    await writes(officer, interpreter, `one ${locale}`);
    await mutes(interpreter, officer, ids.interpreter, words);

    server.cut();
    await writes(interpreter, officer, `two ${locale}`);
    await mutes(interpreter, officer, ids.interpreter, words);
    await everybodySeesAndHears();

    if (kill) {
      await server.killAndRestart();
      await writes(officer, interpreter, `three ${locale}`);
      await Promise.all(inside.slice(0, 2).map((page) => page.locator('[data-media="connected"]').waitFor()));
      await everybodySeesAndHears();
    }

    // A press in the room is read by the officer in words.
    await kiosk.getByTestId("cannot-hear").click();
    await officer.getByText(words("call.signal.cannot_hear", { name: room })).first().waitFor();

    await officer.getByTestId("end").click();
    await isAccessible(officer, "the question before the end");
    await officer.getByTestId("confirm").click();
    await Promise.all([
      officer.getByTestId("over-ended").waitFor(),
      interpreter.getByTestId("over-ended").waitFor(),
      kiosk.getByTestId("kiosk-over-ended").waitFor(),
    ]);
    await isAccessible(interpreter, "the last page");
    for (const { page, complaints } of people) assert.deepEqual(complaints, [], page.url());
  } catch (error) {
    await Promise.all(people.map(({ page }, index) => picture(page, `failed-${locale}-${index}`)));
    throw error;
  } finally {
    await Promise.all(people.map((somebody) => somebody.close()));
    await shared?.close();
  }
}

async function signIn(page, email, words) {
  await page.goto(server.url);
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(PASSWORD);
  await page.getByRole("button", { name: words("staff.signIn.submit"), exact: true }).click();
  await page.getByRole("button", { name: words("staff.shell.signOut") }).or(page.locator("main h1")).first().waitFor();
}

/** Books an interview for the next quarter of an hour and reads the two links off the dialog. */
async function book(page, { room, spoken, reference, locale, words }) {
  await page.getByRole("button", { name: words("staff.room.bookIn", { room }) }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator('input[name="reference"]').fill(reference);
  const choose = async (label, option) => {
    await dialog.getByRole("button", { name: label }).click();
    await page.locator('[role="option"]').filter({ hasText: option }).first().click();
  };
  await choose(words("staff.field.language"), languageName(spoken, locale));
  await choose(words("common.role.lead_officer"), "Jeroen Bakker");
  await dialog.getByText(words("staff.interpreter.name"), { exact: true }).click();
  await dialog.getByLabel(words("staff.interpreter.guestName")).fill(INTERPRETER);
  await isAccessible(page, "the booking form");
  await dialog.getByRole("button", { name: words("staff.book.submit"), exact: true }).click();
  await page.getByText(words("staff.booked.title")).waitFor();
  const urls = await page.getByRole("dialog").locator("code").allInnerTexts();
  await isAccessible(page, "the personal links");
  const links = (path) => urls.map((text) => text.trim()).filter((text) => text.includes(path));
  // Whoever has no account to sign in with stands first.
  const [interpreter, officer] = links("/join.html#");
  const [device] = links("/kiosk.html#");
  assert.ok(interpreter && officer && device, `a link is missing among ${urls.length}`);
  return { interpreter, officer, room: device };
}

const languageName = (code, locale) =>
  new RegExp(code === "ti" ? "Tigrinya|ትግርኛ" : locale === "ar" ? "العربية" : "Arabic");

const idsByRole = (page) =>
  page.locator("[data-participant][data-role]").evaluateAll((tiles) =>
    Object.fromEntries(tiles.map((tile) => [tile.dataset.role, tile.dataset.participant])),
  );

/** A line of one arrives at the other. */
async function writes(from, to, text) {
  for (const page of [from, to]) {
    if (!(await page.getByTestId("chat-lines").isVisible())) await page.getByTestId("chat").click();
  }
  await from.locator("textarea").fill(text);
  await from.keyboard.press("Enter");
  await to.getByTestId("chat-lines").getByText(text, { exact: true }).waitFor();
}

/** Muting is seen by the other, and so is unmuting. */
async function mutes(from, to, id, words) {
  const sign = to.locator(`[data-participant="${id}"]`).getByLabel(words("call.tile.muted"));
  await from.getByTestId("microphone").click();
  await sign.waitFor();
  await from.getByTestId("microphone").click();
  await sign.waitFor({ state: "detached" });
}

/** The bar of the level meter has some length. */
async function moves(bar) {
  const page = bar.page();
  await page.waitForFunction(
    (element) => element.getBoundingClientRect().width > 3,
    await bar.elementHandle(),
    { polling: 50 },
  );
}
