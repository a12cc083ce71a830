/** A secret does not stay in the address. */

import { expect, test, vi } from "vitest";
import { takeSecret } from "./secret";

test("the secret is read and the address left without it", () => {
  const replaceState = vi.fn();
  const at = { hash: "#abc-123", pathname: "/join.html", search: "?lang=ar" };
  expect(takeSecret(at, { replaceState })).toBe("abc-123");
  expect(replaceState).toHaveBeenCalledWith(null, "", "/join.html?lang=ar");
});

test("an address without a secret is left alone", () => {
  const replaceState = vi.fn();
  expect(takeSecret({ hash: "", pathname: "/join.html", search: "" }, { replaceState })).toBeNull();
  expect(replaceState).not.toHaveBeenCalled();
});
