// What the officer does in a call.

/** Presses "let in" for as many as come to the door. */
export async function letIn(page, words, count) {
  for (let done = 0; done < count; done++) {
    const door = page.getByTestId("door").first();
    const who = await door.getAttribute("data-participant-waiting");
    await door.getByRole("button", { name: words("call.people.admit") }).click();
    await page.locator(`[data-participant-waiting="${who}"]`).waitFor({ state: "detached" });
  }
}
