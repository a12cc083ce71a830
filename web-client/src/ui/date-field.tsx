/** A day and a time of day, typed or picked, in the order and words of the reader's language. */

import type { CalendarDate, Time } from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import {
  Calendar,
  CalendarCell,
  CalendarGrid,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  FieldError,
  Group,
  Heading,
  Label,
  Popover,
  Button as RawButton,
  TimeField as RawTimeField,
  Text,
} from "react-aria-components";
import { buttonClass } from "./button-class";
import { cx } from "./cx";
import styles from "./field.module.css";
import flip from "./flip.module.css";

interface DateFieldProps {
  readonly label: string;
  readonly value: CalendarDate | null;
  readonly onChange: (day: CalendarDate | null) => void;
  readonly error?: string | undefined;
}

export function DateField({ label, value, onChange, error }: DateFieldProps) {
  return (
    <DatePicker
      className={cx(styles.field)}
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      shouldForceLeadingZeros
    >
      <Label className={styles.label}>{label}</Label>
      <Group className={cx(styles.input, styles.dateGroup)}>
        <Segments />
        <RawButton className={buttonClass("quiet", "small")}>
          <CalendarDays size={18} aria-hidden="true" />
        </RawButton>
      </Group>
      <FieldError className={cx(styles.error)}>{error}</FieldError>
      <Popover className={cx(styles.popover)}>
        <Dialog>
          <Calendar className={cx(styles.calendar)}>
            <header className={styles.calendarHeader}>
              <RawButton slot="previous" className={buttonClass("quiet", "small")}>
                <ChevronLeft size={18} aria-hidden="true" className={flip.inRtl} />
              </RawButton>
              <Heading level={3} />
              <RawButton slot="next" className={buttonClass("quiet", "small")}>
                <ChevronRight size={18} aria-hidden="true" className={flip.inRtl} />
              </RawButton>
            </header>
            <CalendarGrid>
              {(day) => <CalendarCell date={day} className={cx(styles.cell)} />}
            </CalendarGrid>
          </Calendar>
        </Dialog>
      </Popover>
    </DatePicker>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: Time | null;
  readonly onChange: (time: Time | null) => void;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
}

export function TimeField({ label, value, onChange, description, error }: TimeFieldProps) {
  return (
    <RawTimeField
      className={cx(styles.field)}
      value={value}
      onChange={onChange}
      hourCycle={24}
      isInvalid={error !== undefined}
      shouldForceLeadingZeros
    >
      <Label className={styles.label}>{label}</Label>
      <div className={cx(styles.input, styles.dateGroup)}>
        <Segments />
      </div>
      {description && (
        <Text slot="description" className={cx(styles.description)}>
          {description}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </RawTimeField>
  );
}

function Segments() {
  return (
    <DateInput className={cx(styles.segments)}>
      {(segment) => <DateSegment segment={segment} className={cx(styles.segment)} />}
    </DateInput>
  );
}
