/** Changes the language of the page. Every language is named in itself. */

import { Languages } from "lucide-react";
import { useIntl } from "react-intl";
import styles from "./language-select.module.css";
import { direction, endonym, LOCALES, type Locale } from "./locales";
import { useLocale } from "./provider";

/** A native list: it opens in the system's own way on tablets, and needs no words of a library. */
export function LanguageSelect() {
  const intl = useIntl();
  const { locale, choose } = useLocale();
  return (
    <label className={styles.root}>
      <Languages size={18} aria-hidden="true" />
      <span className="visually-hidden">{intl.formatMessage({ id: "common.language" })}</span>
      <select value={locale} onChange={(event) => choose(event.target.value as Locale)}>
        {LOCALES.map((each) => (
          <option key={each} value={each} lang={each} dir={direction(each)}>
            {endonym(each)}
          </option>
        ))}
      </select>
    </label>
  );
}
