/** The visit is over: why, what happens next, and the way back where there is one. */

import { CircleCheck, DoorClosed, Info, MonitorSmartphone } from "lucide-react";
import { useIntl } from "react-intl";
import { Button, LinkButton } from "../ui/button";
import styles from "./over-page.module.css";

const ICONS = {
  ended: CircleCheck,
  cancelled: Info,
  refused: DoorClosed,
  removed: DoorClosed,
  left: CircleCheck,
  replaced: MonitorSmartphone,
  denied: DoorClosed,
  outdated: Info,
  other: Info,
};

export type OverReason = keyof typeof ICONS;

interface OverPageProps {
  readonly reason: OverReason;
  /** Where staff go back to; guests have no other place here. */
  readonly home: string | null;
  /** Comes back into the same session; absent where that is impossible. */
  readonly onReturn?: (() => void) | undefined;
}

export function OverPage({ reason, home, onReturn }: OverPageProps) {
  const intl = useIntl();
  const Icon = ICONS[reason];
  return (
    <main className={styles.page} data-testid={`over-${reason}`}>
      <Icon className={styles.icon} size={56} aria-hidden="true" />
      <h1>{intl.formatMessage({ id: `call.over.${reason}.title` })}</h1>
      <p className={styles.text}>{intl.formatMessage({ id: `call.over.${reason}.text` })}</p>
      <div className={styles.actions}>
        {onReturn && (
          <Button variant="primary" size="large" onPress={onReturn}>
            {intl.formatMessage({ id: `call.over.${wayBack(reason)}` })}
          </Button>
        )}
        {home !== null && (
          <LinkButton size="large" href={home}>
            {intl.formatMessage({ id: "call.over.home" })}
          </LinkButton>
        )}
      </div>
    </main>
  );
}

/** Whoever was turned away may knock again after a while. */
function wayBack(reason: OverReason): "reload" | "knock" | "return" {
  if (reason === "outdated") return "reload";
  return reason === "refused" || reason === "removed" ? "knock" : "return";
}
