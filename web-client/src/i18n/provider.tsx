/**
 * Gives a page its language: loads the catalogues of the areas it shows, sets `lang` and `dir` on
 * the document, and lets anything below change the choice.
 */

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { IntlProvider, useIntl } from "react-intl";
import { loadMessages, type Messages } from "./catalogue";
import { chosenLocale, firstLocale, rememberLocale } from "./choice";
import { type Area, direction, formatLocale, type Locale, messageLocale } from "./locales";

interface LocaleChoice {
  readonly locale: Locale;
  readonly direction: "ltr" | "rtl";
  /** For `Intl` and date components. */
  readonly formatLocale: string;
  /** Changes the language and remembers it on this device. */
  choose(locale: Locale): void;
  /** Changes the language unless somebody chose one on this device. */
  suggest(locale: Locale): void;
  /** Changes the language for now, whatever was chosen: the room's device follows the booking. */
  use(locale: Locale): void;
}

const LocaleContext = createContext<LocaleChoice | undefined>(undefined);

/** The language in use and how to change it. */
export function useLocale(): LocaleChoice {
  const choice = useContext(LocaleContext);
  if (!choice) throw new Error("useLocale needs an I18nProvider above it");
  return choice;
}

interface I18nProviderProps {
  readonly areas: readonly Area[];
  /** For tests; otherwise chosen from this device and the browser. */
  readonly initial?: Locale;
  readonly children: ReactNode;
}

export function I18nProvider({ areas, initial, children }: I18nProviderProps) {
  const [wanted, setWanted] = useState<Locale>(() => initial ?? firstLocale());
  const [shown, setShown] = useState<{ locale: Locale; messages: Messages }>();

  const choose = useCallback((locale: Locale) => {
    rememberLocale(locale);
    setWanted(locale);
  }, []);
  const suggest = useCallback((locale: Locale) => {
    if (chosenLocale() === undefined) setWanted(locale);
  }, []);

  const areaKey = areas.join(" ");
  useEffect(() => {
    let current = true;
    const show = (locale: Locale) =>
      loadMessages(areaKey.split(" ") as Area[], locale).then((messages) => {
        if (current) setShown({ locale, messages });
      });
    // When the catalogue cannot be fetched the page stays in the language it has.
    show(wanted).catch(() => current && window.setTimeout(() => current && show(wanted), 2000));
    return () => {
      current = false;
    };
  }, [wanted, areaKey]);

  const locale = shown?.locale;
  useEffect(() => {
    if (!locale) return;
    document.documentElement.lang = locale;
    document.documentElement.dir = direction(locale);
  }, [locale]);

  const choice = useMemo<LocaleChoice | undefined>(
    () =>
      locale && {
        locale,
        direction: direction(locale),
        formatLocale: formatLocale(locale),
        choose,
        suggest,
        use: setWanted,
      },
    [locale, choose, suggest],
  );
  if (!shown || !choice) return null;
  return (
    <LocaleContext.Provider value={choice}>
      <IntlProvider
        locale={messageLocale(choice.locale)}
        defaultLocale="en-GB"
        messages={shown.messages}
        onError={ignoreMissingLocaleData}
      >
        {children}
      </IntlProvider>
    </LocaleContext.Provider>
  );
}

interface AreaProviderProps {
  readonly area: Area;
  readonly children: ReactNode;
  /** Shown while the catalogue is fetched. */
  readonly fallback?: ReactNode;
}

/** Adds an area's messages for what is below; a lazily loaded route wraps itself in one. */
export function AreaProvider({ area, fallback = null, children }: AreaProviderProps) {
  const intl = useIntl();
  const { locale } = useLocale();
  const [added, setAdded] = useState<{ locale: Locale; messages: Messages }>();

  useEffect(() => {
    let current = true;
    loadMessages([area], locale).then(
      (messages) => current && setAdded({ locale, messages }),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [area, locale]);

  const messages = useMemo(
    () => ({ ...(intl.messages as Messages), ...added?.messages }),
    [intl.messages, added],
  );
  if (!added) return fallback;
  return (
    <IntlProvider
      locale={intl.locale}
      defaultLocale="en-GB"
      messages={messages}
      onError={ignoreMissingLocaleData}
    >
      {children}
    </IntlProvider>
  );
}

// Chromium has no number data for Tigrinya and falls back by itself; every other error is a mistake
// of ours that the catalogue test catches.
function ignoreMissingLocaleData(): void {}
