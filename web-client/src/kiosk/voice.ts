/**
 * Reads a text of the kiosk aloud: a recorded human voice where there is one, else the browser's own
 * where it speaks the language. Many languages have neither yet; then nothing offers to listen.
 */

import type { Locale } from "../i18n/locales";

/** Recordings in `public/voice/<language>/<text>.opus`, by language. Add an entry with each file. */
const RECORDED: Partial<Record<Locale, readonly string[]>> = {};

export class Voice {
  readonly #speech: SpeechSynthesis | undefined;
  #clip: HTMLAudioElement | null = null;

  constructor(speech: SpeechSynthesis | undefined) {
    this.#speech = speech;
  }

  canSay(text: string, locale: Locale): boolean {
    return recorded(text, locale) || this.#voiceFor(locale) !== undefined;
  }

  /** Says a text instead of whatever was being said. */
  say(text: string, words: string, locale: Locale): void {
    this.stop();
    if (recorded(text, locale)) {
      this.#clip = new Audio(`/voice/${locale}/${text}.opus`);
      this.#clip.play().catch(() => this.#speak(words, locale));
    } else {
      this.#speak(words, locale);
    }
  }

  stop(): void {
    this.#clip?.pause();
    this.#clip = null;
    this.#speech?.cancel();
  }

  /** Browsers load their voices late and say so. */
  onChange(listener: () => void): () => void {
    this.#speech?.addEventListener?.("voiceschanged", listener);
    return () => this.#speech?.removeEventListener?.("voiceschanged", listener);
  }

  #speak(words: string, locale: Locale): void {
    const voice = this.#voiceFor(locale);
    if (voice === undefined || this.#speech === undefined) return;
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = 0.9;
    this.#speech.speak(utterance);
  }

  #voiceFor(locale: Locale): SpeechSynthesisVoice | undefined {
    return this.#speech
      ?.getVoices()
      .find(({ lang }) => lang.toLowerCase().split(/[-_]/)[0] === locale);
  }
}

const recorded = (text: string, locale: Locale): boolean =>
  RECORDED[locale]?.includes(text) ?? false;
