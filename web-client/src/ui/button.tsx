/** Buttons: with words, with an icon only, and links that look like buttons. */

import type { AnchorHTMLAttributes, ReactNode } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ToggleButton as AriaToggleButton,
  type ToggleButtonProps as AriaToggleButtonProps,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";
import styles from "./button.module.css";
import { cx } from "./cx";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";
export type ButtonSize = "small" | "medium" | "large";

interface Look {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly className?: string | undefined;
}

const look = ({ variant = "secondary", size = "medium", className }: Look) =>
  cx(styles.button, styles[variant], styles[size], className);

type Base = Omit<AriaButtonProps, "className" | "style" | "children">;

export interface ButtonProps extends Base, Look {
  /** Before the words; decorative. */
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

export function Button({ variant, size, className, icon, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={look({ ...pick({ variant, size }), className })}>
      {icon}
      <span>{children}</span>
    </AriaButton>
  );
}

export interface IconButtonProps extends Base, Look {
  /** What it does; its name and its tooltip. */
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({
  label,
  variant,
  size,
  className,
  children,
  ...props
}: IconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        {...props}
        aria-label={label}
        className={look({
          ...pick({ variant: variant ?? "quiet", size }),
          className: cx(styles.icon, className),
        })}
      >
        {children}
      </AriaButton>
      <Tooltip className={cx(styles.tooltip)} offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}

type ToggleBase = Omit<AriaToggleButtonProps, "className" | "style" | "children">;

export interface ToggleButtonProps extends ToggleBase, Look {
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

export function ToggleButton({
  variant,
  size,
  className,
  icon,
  children,
  ...props
}: ToggleButtonProps) {
  return (
    <AriaToggleButton {...props} className={look({ ...pick({ variant, size }), className })}>
      {icon}
      <span>{children}</span>
    </AriaToggleButton>
  );
}

export interface LinkButtonProps
  extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "className">,
    Look {
  readonly icon?: ReactNode;
}

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
    <a {...props} className={look({ ...pick({ variant, size }), className })}>
      {icon}
      <span>{children}</span>
    </a>
  );
}

/** The class names of a button, for a router's own link component. */
export const buttonClass = (variant: ButtonVariant = "secondary", size: ButtonSize = "medium") =>
  look({ variant, size });

function pick(props: { variant: ButtonVariant | undefined; size: ButtonSize | undefined }): Look {
  return {
    ...(props.variant && { variant: props.variant }),
    ...(props.size && { size: props.size }),
  };
}
