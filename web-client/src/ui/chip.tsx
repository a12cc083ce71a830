/** A short fact about something: a state, a language. Never colour alone, always a word. */

import type { ReactNode } from "react";
import styles from "./chip.module.css";
import { cx } from "./cx";

export type Tone = "neutral" | "accent" | "ok" | "warn" | "danger" | "interp" | "info";

interface ChipProps {
  readonly tone?: Tone;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

export function Chip({ tone = "neutral", icon, children }: ChipProps) {
  return (
    <span className={cx(styles.chip, styles[tone])}>
      {icon}
      {children}
    </span>
  );
}
