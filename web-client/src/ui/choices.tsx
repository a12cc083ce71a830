/** Several of a few (check boxes), or one of a few that are all in view (radio buttons). */

import { Check, Circle } from "lucide-react";
import {
  Checkbox,
  CheckboxGroup,
  FieldError,
  Label,
  Radio,
  RadioGroup,
  Text,
} from "react-aria-components";
import { cx } from "./cx";
import styles from "./field.module.css";

export interface Choice<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  readonly isDisabled?: boolean;
}

interface ManyProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
}

export function ChooseMany({ label, choices, value, onChange, description, error }: ManyProps) {
  return (
    <CheckboxGroup
      className={cx(styles.field)}
      value={[...value]}
      onChange={onChange}
      isInvalid={error !== undefined}
    >
      <Label className={styles.label}>{label}</Label>
      <div className={styles.group}>
        {choices.map((choice) => (
          <Checkbox
            key={choice.id}
            value={choice.id}
            className={cx(styles.check)}
            isDisabled={choice.isDisabled ?? false}
          >
            <span className={styles.box}>
              <Check size={16} strokeWidth={3} aria-hidden="true" />
            </span>
            <bdi>{choice.label}</bdi>
          </Checkbox>
        ))}
      </div>
      {description && (
        <Text slot="description" className={cx(styles.description)}>
          {description}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </CheckboxGroup>
  );
}

interface OneProps<Id extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
}

export function ChooseOne<Id extends string>({ label, choices, value, onChange }: OneProps<Id>) {
  return (
    <RadioGroup
      className={cx(styles.field)}
      value={value}
      onChange={(id) => onChange(id as Id)}
      orientation="horizontal"
    >
      <Label className={styles.label}>{label}</Label>
      <div className={styles.group}>
        {choices.map((choice) => (
          <Radio
            key={choice.id}
            value={choice.id}
            className={cx(styles.check)}
            isDisabled={choice.isDisabled ?? false}
          >
            <span className={styles.dot}>
              <Circle size={10} fill="currentColor" aria-hidden="true" />
            </span>
            <bdi>{choice.label}</bdi>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
