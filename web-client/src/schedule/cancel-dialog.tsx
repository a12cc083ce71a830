/** Cancels a session. It cannot be taken back, so it asks for a reason first. */

import { type FormEvent, useId, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { useProblemText } from "../api/problem-text";
import type { Session } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";
import { TextField } from "../ui/text-field";
import styles from "./form.module.css";
import { useCancel } from "./sessions";
import { useTitle } from "./words";

interface CancelDialogProps {
  readonly session: Session;
  readonly onClose: () => void;
}

export function CancelDialog({ session, onClose }: CancelDialogProps) {
  const intl = useIntl();
  const text = useProblemText();
  const title = useTitle();
  const formId = useId();
  const cancel = useCancel();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const missing = tried && reason.trim() === "";

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (reason.trim() === "") return;
    try {
      const cancelled = await cancel.mutateAsync({ id: session.id, reason: reason.trim() });
      notify({
        text: intl.formatMessage({ id: "staff.cancel.done" }, { title: title(cancelled) }),
      });
      onClose();
    } catch {
      // shown above the form
    }
  }

  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.cancel.title" }, { title: title(session) })}
      role="alertdialog"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="staff.cancel.keep" />
          </Button>
          <Button type="submit" form={formId} variant="danger" isDisabled={cancel.isPending}>
            <FormattedMessage id="staff.cancel.submit" />
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        {cancel.error && <Banner tone="danger">{text(cancel.error)}</Banner>}
        <p>
          <FormattedMessage id="staff.cancel.hint" />
        </p>
        <TextField
          label={intl.formatMessage({ id: "staff.cancel.reason" })}
          description={intl.formatMessage({ id: "staff.cancel.reasonHint" })}
          multiline
          autoFocus
          value={reason}
          onChange={setReason}
          maxLength={500}
          error={missing ? intl.formatMessage({ id: "common.required" }) : undefined}
        />
      </form>
    </Dialog>
  );
}
