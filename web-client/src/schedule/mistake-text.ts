/** What is wrong with a field, in the reader's language. */

import { useIntl } from "react-intl";
import type { Field, Mistake, Mistakes } from "./draft";

export function useMistakeText(mistakes: Mistakes): (field: Field) => string | undefined {
  const intl = useIntl();
  const text = (mistake: Mistake): string =>
    mistake.code === "taken"
      ? intl.formatMessage({ id: "staff.mistake.taken" }, { name: mistake.name })
      : intl.formatMessage({ id: `staff.mistake.${mistake.code}` });
  return (field) => {
    const mistake = mistakes[field];
    return mistake && text(mistake);
  };
}
