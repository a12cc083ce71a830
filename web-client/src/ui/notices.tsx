/** Short notices at the edge of the page, each with at most one thing to do, such as undo. */

import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useIntl } from "react-intl";
import styles from "./notices.module.css";
import { PlainButton } from "./plain-button";

export interface Notice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

interface Shown extends Notice {
  readonly id: number;
}

/** Long enough to read and to reach the button; nothing of weight is said only here. */
const SHOWN_MS = 12_000;

let shown: readonly Shown[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(notices: readonly Shown[]): void {
  shown = notices;
  for (const listener of listeners) listener();
}

export function notify(notice: Notice): void {
  set([...shown.slice(-2), { ...notice, id: nextId++ }]);
}

const dismiss = (id: number) => set(shown.filter((notice) => notice.id !== id));

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Where notices appear; once in a page. */
export function Notices() {
  const intl = useIntl();
  const notices = useSyncExternalStore(subscribe, () => shown);
  return (
    <section
      className={styles.region}
      aria-label={intl.formatMessage({ id: "common.notice.region" })}
      aria-live="polite"
    >
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: Shown }) {
  const intl = useIntl();
  useEffect(() => {
    const timer = window.setTimeout(() => dismiss(notice.id), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [notice.id]);
  const { action } = notice;
  return (
    <div className={styles.notice}>
      <span>{notice.text}</span>
      {action && (
        <PlainButton
          size="small"
          onClick={() => {
            dismiss(notice.id);
            action.run();
          }}
        >
          {action.label}
        </PlainButton>
      )}
      <PlainButton
        variant="quiet"
        size="small"
        aria-label={intl.formatMessage({ id: "common.notice.dismiss" })}
        onClick={() => dismiss(notice.id)}
      >
        <X size={18} aria-hidden="true" />
      </PlainButton>
    </div>
  );
}
