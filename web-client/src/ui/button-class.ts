/** The class names of a button, for anything that should look like one. */

import styles from "./button.module.css";
import { cx } from "./cx";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";
export type ButtonSize = "small" | "medium" | "large";

export const buttonClass = (variant: ButtonVariant = "secondary", size: ButtonSize = "medium") =>
  cx(styles.button, styles[variant], styles[size]);
