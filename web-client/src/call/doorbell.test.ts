/** How often a doorbell rings. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Doorbell } from "./doorbell";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("it rings at once, and once more for those who came during the pause", () => {
  const ring = vi.fn();
  const bell = new Doorbell(ring);
  bell.press();
  expect(ring).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2_000);
  bell.press();
  bell.press();
  expect(ring).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(8_000);
  expect(ring).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000);
  bell.press();
  expect(ring).toHaveBeenCalledTimes(3);
});

test("it stays quiet when those who waited were let in meanwhile", () => {
  const ring = vi.fn();
  const bell = new Doorbell(ring);
  bell.press();
  bell.press();
  bell.quiet();
  vi.advanceTimersByTime(60_000);
  expect(ring).toHaveBeenCalledTimes(1);
});
