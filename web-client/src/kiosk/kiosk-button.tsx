/** A button that a hand finds: a picture and a word. */

import type { ReactNode } from "react";
import { cx } from "../ui/cx";
import styles from "./kiosk-button.module.css";
import { Pictogram, type PictogramName } from "./pictograms";

interface KioskButtonProps {
  readonly picture: PictogramName;
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly look?: "plain" | "strong";
  /** Whether what it stands for is on. */
  readonly pressed?: boolean;
  readonly testId?: string;
}

export function KioskButton(props: KioskButtonProps) {
  const { picture, children, onPress, look = "plain", pressed, testId } = props;
  return (
    <button
      type="button"
      className={cx(styles.button, styles[look])}
      aria-pressed={pressed}
      data-testid={testId}
      onClick={onPress}
    >
      <Pictogram name={picture} size={40} />
      <span>{children}</span>
    </button>
  );
}
