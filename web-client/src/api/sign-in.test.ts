import { afterEach, expect, test } from "vitest";
import { actAs, actAsBefore, actingAs, asHeader } from "./sign-in";

afterEach(() => {
  sessionStorage.clear();
  actAsBefore("staff");
});

test("a reloaded window is still the same person", () => {
  actAs("0190c2f0-0000-7000-8000-000000000001");

  actAsBefore("staff");

  expect(actingAs()).toBe("0190c2f0-0000-7000-8000-000000000001");
  expect(asHeader()).toEqual({ "Bega-As": "0190c2f0-0000-7000-8000-000000000001" });
});

test("a new window is what its page is for", () => {
  actAsBefore("device");

  expect(actingAs()).toBe("device");
});
