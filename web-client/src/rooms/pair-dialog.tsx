/** Makes the device that shows a six-digit code the device of a room. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { api } from "../api/client";
import { toProblem } from "../api/problem";
import { useProblemText } from "../api/problem-text";
import { ROOMS_KEY } from "../api/queries";
import type { Room } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";
import { TextField } from "../ui/text-field";
import { pairingCode } from "./pairing-code";
import styles from "./rooms-page.module.css";

interface PairDialogProps {
  readonly room: Room;
  readonly onClose: () => void;
}

export function PairDialog({ room, onClose }: PairDialogProps) {
  const intl = useIntl();
  const text = useProblemText();
  const formId = useId();
  const queries = useQueryClient();
  // The QR code on the device's screen carries its digits here.
  const [typed, setTyped] = useState(
    () => new URLSearchParams(window.location.search).get("code") ?? "",
  );
  const [name, setName] = useState(() =>
    intl.formatMessage({ id: "staff.pair.defaultName" }, { room: room.name }),
  );
  const [tried, setTried] = useState(false);
  const confirm = useMutation({
    mutationFn: (body: { code: string; roomId: string; name: string }) =>
      api.POST("/devices/pairings/confirm", { body }),
    onSuccess: () => {
      notify({ text: intl.formatMessage({ id: "staff.pair.done" }, { room: room.name }) });
      onClose();
      return queries.invalidateQueries({ queryKey: ROOMS_KEY });
    },
  });
  const code = pairingCode(typed);
  const unknown = confirm.error !== null && toProblem(confirm.error).code === "unknown_code";

  function codeError(): string | undefined {
    if (unknown) return text(confirm.error);
    return tried && !code ? intl.formatMessage({ id: "staff.pair.codeWrong" }) : undefined;
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (code && name.trim() !== "") confirm.mutate({ code, roomId: room.id, name: name.trim() });
  }

  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.pair.for" }, { room: room.name })}
      size="small"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="common.cancel" />
          </Button>
          <Button type="submit" form={formId} variant="primary" isDisabled={confirm.isPending}>
            <FormattedMessage id="staff.pair.submit" />
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        {confirm.error && !unknown && <Banner tone="danger">{text(confirm.error)}</Banner>}
        <p>
          <FormattedMessage
            id="staff.pair.hint"
            values={{ address: <bdi dir="ltr">{window.location.host}/kiosk.html</bdi> }}
          />
        </p>
        <div className={styles.code}>
          <TextField
            label={intl.formatMessage({ id: "staff.pair.code" })}
            value={typed}
            onChange={(value) => {
              setTyped(value);
              confirm.reset();
            }}
            inputMode="numeric"
            autoComplete="off"
            autoFocus
            dir="ltr"
            maxLength={9}
            error={codeError()}
          />
        </div>
        <TextField
          label={intl.formatMessage({ id: "staff.pair.name" })}
          value={name}
          onChange={setName}
          maxLength={100}
          autoComplete="off"
          error={
            tried && name.trim() === "" ? intl.formatMessage({ id: "common.required" }) : undefined
          }
        />
      </form>
    </Dialog>
  );
}
