/** How long a session has lasted. */

import { expect, test } from "vitest";
import { duration } from "./call-header";

test("hours, minutes and seconds, never negative", () => {
  expect(duration(1_450_000)).toBe("00:24:10");
  expect(duration(36_061_000)).toBe("10:01:01");
  expect(duration(-5_000)).toBe("00:00:00");
});
