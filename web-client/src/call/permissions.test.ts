/** Which buttons are offered. */

import { expect, test } from "vitest";
import type { Participant, Role } from "../signaling/protocol.gen";
import { leads, mayRemove, maySay } from "./permissions";

const who = (role: Role, mayAdmit = false): Participant => ({
  id: role,
  name: role,
  role,
  presence: "present",
  mayAdmit,
});

const lead = who("lead_officer", true);
const officer = who("officer", true);
const interpreter = who("interpreter");

test("a session never loses its lead, and an officer removes no officer", () => {
  expect(mayRemove(officer, lead)).toBe(false);
  expect(mayRemove(lead, officer)).toBe(true);
  expect(mayRemove(officer, { ...officer, id: "another" })).toBe(false);
  expect(mayRemove(officer, interpreter)).toBe(true);
  expect(mayRemove(interpreter, who("observer"))).toBe(false);
  expect(mayRemove(lead, lead)).toBe(false);
});

test("those who keep the door start and end", () => {
  expect([lead, officer, interpreter].map(leads)).toEqual([true, true, false]);
});

test("an observer writes nothing", () => {
  expect(maySay(who("observer"))).toBe(false);
  expect(maySay(interpreter)).toBe(true);
});
