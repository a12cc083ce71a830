/** Reads the screen's text aloud; absent where nothing can speak the language. */

import { useEffect, useState } from "react";
import { useIntl } from "react-intl";
import { useLocale } from "../i18n/provider";
import { KioskButton } from "./kiosk-button";
import { Voice } from "./voice";

const voice = new Voice(typeof speechSynthesis === "undefined" ? undefined : speechSynthesis);

interface ListenButtonProps {
  /** Names the recording. */
  readonly text: string;
  readonly words: string;
}

export function ListenButton({ text, words }: ListenButtonProps) {
  const intl = useIntl();
  const { locale } = useLocale();
  const [possible, setPossible] = useState(() => voice.canSay(text, locale));
  useEffect(() => {
    const update = () => setPossible(voice.canSay(text, locale));
    update();
    const forget = voice.onChange(update);
    return () => {
      forget();
      voice.stop();
    };
  }, [text, locale]);
  if (!possible) return null;
  return (
    <KioskButton picture="speaker" look="strong" onPress={() => voice.say(text, words, locale)}>
      {intl.formatMessage({ id: "kiosk.listen" })}
    </KioskButton>
  );
}
