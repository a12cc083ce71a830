/** Tells React Aria the page's language, for its own words, dates and direction. */

import type { ReactNode } from "react";
import { I18nProvider } from "react-aria-components";

interface AriaLocaleProps {
  readonly locale: string;
  readonly children: ReactNode;
}

/** Around everything that uses React Aria; where it has no words (Tigrinya) it speaks English. */
export function AriaLocale({ locale, children }: AriaLocaleProps) {
  return <I18nProvider locale={locale}>{children}</I18nProvider>;
}
