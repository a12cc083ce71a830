/** A window over the page: a title, something to do, and the buttons that finish it. */

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useIntl } from "react-intl";
import { cx } from "./cx";
import styles from "./dialog.module.css";
import { IconButton } from "./icon-button";

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons, the one that finishes last. */
  readonly footer?: ReactNode;
  readonly size?: "small" | "medium" | "large";
  /** `alertdialog` for a question that must be answered before anything else. */
  readonly role?: "dialog" | "alertdialog";
  /** Whether a press outside closes it; off where something typed would be lost. */
  readonly isDismissable?: boolean;
}

export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  footer,
  size = "medium",
  role = "dialog",
  isDismissable = false,
}: DialogProps) {
  const intl = useIntl();
  return (
    <ModalOverlay
      className={cx(styles.overlay)}
      isOpen={isOpen}
      isDismissable={isDismissable}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={cx(styles.modal, styles[size])}>
        <AriaDialog className={cx(styles.dialog)} role={role}>
          <header className={styles.header}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label={intl.formatMessage({ id: "common.close" })} onPress={onClose}>
              <X size={20} aria-hidden="true" />
            </IconButton>
          </header>
          <div className={styles.body}>{children}</div>
          {footer && <footer className={styles.footer}>{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
