/** The six digits a device shows, as somebody may type them. */

/** Digits people type in Arabic and Persian, in order. */
const OTHER_DIGITS = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"];

/** The code in Western digits, or nothing unless there are six of them. */
export function pairingCode(typed: string): string | undefined {
  const digits = [...typed]
    .map((character) => {
      const other = OTHER_DIGITS.find((set) => set.includes(character));
      return other ? String([...other].indexOf(character)) : character;
    })
    .filter((character) => !/[\s-]/.test(character))
    .join("");
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
