/** Keys are told apart by their place on the keyboard, whatever alphabet is on it. */

import { expect, test } from "vitest";
import { actionOf } from "./use-shortcuts";

const key = (code: string, change: Partial<KeyboardEvent> = {}) => ({
  ctrlKey: true,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  ...change,
  code,
});

test("each key has its meaning", () => {
  expect(actionOf(key("KeyD"))).toBe("microphone");
  expect(actionOf(key("KeyE"))).toBe("camera");
  expect(actionOf(key("KeyH", { shiftKey: true }))).toBe("hand");
  expect(actionOf(key("Slash", { shiftKey: true }))).toBe("help");
});

test("other keys are left to the browser", () => {
  expect(actionOf(key("KeyD", { shiftKey: true }))).toBeNull();
  expect(actionOf(key("KeyD", { altKey: true }))).toBeNull();
  expect(actionOf(key("KeyD", { ctrlKey: false }))).toBeNull();
  expect(actionOf(key("KeyH"))).toBeNull();
});
