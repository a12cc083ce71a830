/** Something to know, in place: what happened and what can be done. */

import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./banner.module.css";
import { cx } from "./cx";

export type BannerTone = "info" | "ok" | "warn" | "danger";

const ICONS = { info: Info, ok: CircleCheck, warn: TriangleAlert, danger: CircleAlert };

interface BannerProps {
  readonly tone: BannerTone;
  readonly children: ReactNode;
  /** Buttons. */
  readonly actions?: ReactNode;
}

/** Read out when it appears; mistakes at once, everything else when the reader pauses. */
export function Banner({ tone, children, actions }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div className={cx(styles.banner, styles[tone])} role={tone === "danger" ? "alert" : "status"}>
      <Icon size={20} aria-hidden="true" />
      <div className={styles.text}>{children}</div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
