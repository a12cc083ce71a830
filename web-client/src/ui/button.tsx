/** Buttons with words, and links that look like buttons. */

import type { AnchorHTMLAttributes, ReactNode } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ToggleButton as AriaToggleButton,
  type ToggleButtonProps as AriaToggleButtonProps,
} from "react-aria-components";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { cx } from "./cx";

export type { ButtonSize, ButtonVariant } from "./button-class";

export type BaseButtonProps = Omit<AriaButtonProps, "className" | "style" | "children">;

interface Look {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly className?: string | undefined;
  /** Before the words; decorative. */
  readonly icon?: ReactNode;
  readonly children?: ReactNode;
}

export interface ButtonProps extends BaseButtonProps, Look {}

export function Button({ variant, size, className, icon, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={cx(buttonClass(variant, size), className)}>
      {icon}
      <span>{children}</span>
    </AriaButton>
  );
}

export interface ToggleButtonProps
  extends Omit<AriaToggleButtonProps, "className" | "style" | "children">,
    Look {}

export function ToggleButton({
  variant,
  size,
  className,
  icon,
  children,
  ...props
}: ToggleButtonProps) {
  return (
    <AriaToggleButton {...props} className={cx(buttonClass(variant, size), className)}>
      {icon}
      <span>{children}</span>
    </AriaToggleButton>
  );
}

export interface LinkButtonProps
  extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "className" | "children">,
    Look {}

/** A link to another page that looks like a button. */
export function LinkButton({
  variant,
  size,
  className,
  icon,
  children,
  ...props
}: LinkButtonProps) {
  return (
    <a {...props} className={cx(buttonClass(variant, size), className)}>
      {icon}
      <span>{children}</span>
    </a>
  );
}
