/** The windows over the call: devices, keys, and questions before something that cannot be undone. */

import { type ReactNode, useState } from "react";
import { useIntl } from "react-intl";
import { useProblemText } from "../api/problem-text";
import { DeviceChoice } from "../lobby/device-choice";
import { DeviceTroubles } from "../lobby/device-troubles";
import { SelfView } from "../lobby/self-view";
import type { Capture } from "../media/capture";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { useStore } from "../ui/use-store";
import styles from "./call-dialogs.module.css";

interface ConfirmProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  /** Rejects when it did not work; the dialog then says why and stays. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

export function Confirm({ title, children, action, onConfirm, onClose }: ConfirmProps) {
  const intl = useIntl();
  const problemText = useProblemText();
  const [phase, setPhase] = useState<"asking" | "working">("asking");
  const [problem, setProblem] = useState<string | null>(null);
  const confirm = async () => {
    setPhase("working");
    setProblem(null);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(problemText(error));
      setPhase("asking");
    }
  };
  return (
    <Dialog
      isOpen
      role="alertdialog"
      size="small"
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{intl.formatMessage({ id: "common.cancel" })}</Button>
          <Button
            variant="danger"
            isDisabled={phase === "working"}
            onPress={() => void confirm()}
            data-testid="confirm"
          >
            {action}
          </Button>
        </>
      }
    >
      <p>{children}</p>
      {problem !== null && <Banner tone="danger">{problem}</Banner>}
    </Dialog>
  );
}

interface DevicesDialogProps {
  readonly capture: Capture;
  readonly onlyWatches: boolean;
  readonly onSpeaker: (id: string) => void;
  readonly onClose: () => void;
}

export function DevicesDialog({ capture, onlyWatches, onSpeaker, onClose }: DevicesDialogProps) {
  const intl = useIntl();
  const { camera } = useStore(capture);
  return (
    <Dialog
      isOpen
      isDismissable
      title={intl.formatMessage({ id: "call.bar.devices" })}
      onClose={onClose}
    >
      <div className={styles.devices}>
        {camera.track !== null && (
          <div className={styles.picture} data-theme="stage">
            <SelfView track={camera.track} />
          </div>
        )}
        {!onlyWatches && <DeviceTroubles capture={capture} />}
        <DeviceChoice capture={capture} onSpeaker={onSpeaker} onlyWatches={onlyWatches} />
      </div>
    </Dialog>
  );
}

const KEYS = [
  ["Ctrl+D", "call.keys.microphone"],
  ["Ctrl+E", "call.keys.camera"],
  ["Ctrl+Shift+H", "call.keys.hand"],
  ["Ctrl+Shift+/", "call.keys.help"],
] as const;

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const intl = useIntl();
  return (
    <Dialog
      isOpen
      isDismissable
      size="small"
      title={intl.formatMessage({ id: "call.bar.help" })}
      onClose={onClose}
    >
      <dl className={styles.keys}>
        {KEYS.map(([keys, id]) => (
          <div key={keys} className={styles.key}>
            <dt>
              <kbd className={styles.kbd} dir="ltr">
                {keys}
              </kbd>
            </dt>
            <dd>{intl.formatMessage({ id })}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.hint}>{intl.formatMessage({ id: "call.keys.note" })}</p>
    </Dialog>
  );
}
