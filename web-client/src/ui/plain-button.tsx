/** The browser's own button in our look, for what must stay small: the shell and the room's device. */

import type { ButtonHTMLAttributes, ReactNode } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { cx } from "./cx";

export interface PlainButtonProps
  extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly className?: string | undefined;
  readonly icon?: ReactNode;
}

export function PlainButton({
  variant,
  size,
  className,
  icon,
  children,
  type = "button",
  ...props
}: PlainButtonProps) {
  return (
    <button {...props} type={type} className={cx(buttonClass(variant, size), className)}>
      {icon}
      <span>{children}</span>
    </button>
  );
}
