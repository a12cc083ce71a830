/** The six digits a device shows. */

import { expect, it } from "vitest";
import { pairingCode } from "./pairing-code";

it("are read with gaps and in the digits of Arabic and Persian keyboards", () => {
  for (const typed of ["123456", "123 456", " 123-456 ", "١٢٣٤٥٦", "۱۲۳۴۵۶"]) {
    expect([typed, pairingCode(typed)]).toEqual([typed, "123456"]);
  }
});

it("are six, no more and no fewer", () => {
  for (const typed of ["", "12345", "1234567", "12345a"]) {
    expect([typed, pairingCode(typed)]).toEqual([typed, undefined]);
  }
});
