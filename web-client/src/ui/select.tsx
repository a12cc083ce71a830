/** One choice from a short list. */

import { Check, ChevronDown } from "lucide-react";
import {
  Select as AriaSelect,
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
} from "react-aria-components";
import { cx } from "./cx";
import styles from "./field.module.css";

export interface SelectOption {
  readonly id: string;
  readonly label: string;
  /** Beside the label, quieter. */
  readonly note?: string | undefined;
  readonly lang?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

export interface SelectProps {
  readonly label: string;
  readonly options: readonly SelectOption[];
  readonly value: string | null;
  readonly onChange: (id: string) => void;
  readonly placeholder?: string;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly isDisabled?: boolean;
  readonly name?: string;
}

export function Select({
  label,
  options,
  value,
  onChange,
  placeholder = "–",
  description,
  error,
  isDisabled = false,
  name,
}: SelectProps) {
  return (
    <AriaSelect
      className={cx(styles.field)}
      placeholder={placeholder}
      value={value}
      onChange={(key) => key !== null && onChange(String(key))}
      isInvalid={error !== undefined}
      isDisabled={isDisabled}
      {...(name && { name })}
    >
      <Label className={styles.label}>{label}</Label>
      <Button className={cx(styles.input, styles.trigger)}>
        <SelectValue>
          {({ defaultChildren, isPlaceholder }) =>
            isPlaceholder ? (
              defaultChildren
            ) : (
              <bdi>{options.find((option) => option.id === value)?.label}</bdi>
            )
          }
        </SelectValue>
        <ChevronDown size={18} aria-hidden="true" />
      </Button>
      {description && (
        <Text slot="description" className={cx(styles.description)}>
          {description}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
      <Popover className={cx(styles.popover)}>
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem
              className={cx(styles.option)}
              textValue={option.label}
              {...(option.isDisabled && { isDisabled: true })}
            >
              {({ isSelected }) => (
                <>
                  <bdi lang={option.lang}>{option.label}</bdi>
                  {option.note && <bdi className={styles.optionNote}>{option.note}</bdi>}
                  {isSelected && <Check size={16} aria-hidden="true" />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
