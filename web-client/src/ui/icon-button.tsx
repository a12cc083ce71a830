/** A button that shows an icon only; its label is its name and its tooltip. */

import type { ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger } from "react-aria-components";
import type { BaseButtonProps, ButtonSize, ButtonVariant } from "./button";
import styles from "./button.module.css";
import { cx } from "./cx";

export interface IconButtonProps extends BaseButtonProps {
  /** What it does. */
  readonly label: string;
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

export function IconButton({
  label,
  variant = "quiet",
  size = "medium",
  className,
  children,
  ...props
}: IconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        {...props}
        aria-label={label}
        className={cx(styles.button, styles[variant], styles[size], styles.icon, className)}
      >
        {children}
      </AriaButton>
      <Tooltip className={cx(styles.tooltip)} offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
