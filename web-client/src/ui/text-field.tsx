/** A line or a paragraph of text, with its label, hint and mistake. */

import type { HTMLInputAutoCompleteAttribute } from "react";
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
} from "react-aria-components";
import { cx } from "./cx";
import styles from "./field.module.css";

export interface TextFieldProps
  extends Omit<AriaTextFieldProps, "className" | "style" | "children" | "isInvalid"> {
  readonly label: string;
  readonly description?: string | undefined;
  /** What is wrong; shown and announced. */
  readonly error?: string | undefined;
  readonly multiline?: boolean;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  readonly maxLength?: number;
  /** For text in one direction whatever the page's: e-mail addresses, codes. */
  readonly dir?: "ltr" | "auto";
}

export function TextField({
  label,
  description,
  error,
  multiline = false,
  dir = "auto",
  ...props
}: TextFieldProps) {
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} className={cx(styles.field)}>
      <Label className={styles.label}>{label}</Label>
      {multiline ? (
        <TextArea className={cx(styles.input)} dir={dir} />
      ) : (
        <Input className={cx(styles.input)} dir={dir} />
      )}
      {description && (
        <Text slot="description" className={cx(styles.description)}>
          {description}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </AriaTextField>
  );
}
