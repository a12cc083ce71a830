/** Personal links, shown once: to copy, or to read off the screen with a camera. */

import { QrCode as QrIcon } from "lucide-react";
import { useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import type { IssuedInvitation, Session } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { CopyButton } from "../ui/copy-button";
import { Dialog } from "../ui/dialog";
import { QrCode } from "../ui/qr-code";
import styles from "./invitations.module.css";
import { BothTimes, useTitle } from "./words";

interface InvitationsDialogProps {
  readonly session: Session;
  readonly invitations: readonly IssuedInvitation[];
  /** Straight after booking, which deserves a word of its own. */
  readonly booked?: boolean;
  readonly onClose: () => void;
}

export function InvitationsDialog({
  session,
  invitations,
  booked = false,
  onClose,
}: InvitationsDialogProps) {
  const intl = useIntl();
  const title = useTitle();
  const withAccount = (invitation: IssuedInvitation) =>
    session.participants.some(
      (person) => person.id === invitation.participantId && Boolean(person.userId),
    );
  const listed = invitations.toSorted(
    (one, other) => Number(withAccount(one)) - Number(withAccount(other)),
  );
  return (
    <Dialog
      title={intl.formatMessage({ id: booked ? "staff.booked.title" : "staff.invitation.title" })}
      size="large"
      isOpen
      onClose={onClose}
      footer={
        <Button variant="primary" onPress={onClose}>
          <FormattedMessage id="staff.invitation.finish" />
        </Button>
      }
    >
      <div className={styles.panel}>
        <div className={styles.summary}>
          <strong>
            <bdi>{title(session)}</bdi>
          </strong>
          <BothTimes session={session} />
          <bdi>
            {session.room.siteName}, {session.room.name}
          </bdi>
        </div>
        {invitations.length > 0 && (
          <>
            <Banner tone="info">
              <FormattedMessage id="staff.invitation.once" />
            </Banner>
            <ul className={styles.list}>
              {listed.map((invitation) => (
                <Invitation
                  key={invitation.participantId}
                  invitation={invitation}
                  hasAccount={withAccount(invitation)}
                />
              ))}
            </ul>
          </>
        )}
        <p className={styles.hint}>
          <FormattedMessage id="staff.invitation.accounts" />
        </p>
      </div>
    </Dialog>
  );
}

interface InvitationProps {
  readonly invitation: IssuedInvitation;
  readonly hasAccount: boolean;
}

function Invitation({ invitation, hasAccount }: InvitationProps) {
  const intl = useIntl();
  const [code, setCode] = useState(false);
  const { name, role, url } = invitation;
  return (
    <li className={styles.invitation}>
      <div className={styles.who}>
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <small>
          <FormattedMessage id={`common.role.${role}`} />
          {hasAccount && (
            <>
              {" · "}
              <FormattedMessage id="staff.access.account" />
            </>
          )}
        </small>
      </div>
      <code className={styles.url} dir="ltr">
        {url}
      </code>
      <CopyButton
        text={url}
        label={intl.formatMessage({ id: "staff.invitation.copy" }, { name })}
      />
      <Button
        size="small"
        icon={<QrIcon size={16} aria-hidden="true" />}
        aria-expanded={code}
        onPress={() => setCode(!code)}
      >
        <FormattedMessage id={code ? "staff.invitation.hideCode" : "staff.invitation.showCode"} />
      </Button>
      {code && (
        <div className={styles.code}>
          <QrCode
            text={url}
            size={200}
            label={intl.formatMessage({ id: "staff.invitation.code" }, { name })}
          />
        </div>
      )}
    </li>
  );
}
