/** For the staff who set the device up: six digits, and a code for their phone. */

import { useIntl } from "react-intl";
import { QrCode } from "../ui/qr-code";
import { FullscreenButton, KioskFrame } from "./kiosk-frame";
import styles from "./pair-screen.module.css";

export function PairScreen({ code }: { readonly code: string }) {
  const intl = useIntl();
  const address = `${window.location.origin}/rooms?code=${code}`;
  return (
    <KioskFrame
      testId="kiosk-pair"
      place={intl.formatMessage({ id: "kiosk.pair.place" })}
      footer={<FullscreenButton />}
    >
      <div className={styles.screen}>
        <section className={styles.words}>
          <h1 className={styles.title}>{intl.formatMessage({ id: "kiosk.pair.title" })}</h1>
          <p className={styles.text}>{intl.formatMessage({ id: "kiosk.pair.text" })}</p>
          <p className={styles.code} dir="ltr" data-testid="pairing-code" data-code={code}>
            <span>{code.slice(0, 3)}</span>
            <span>{code.slice(3)}</span>
          </p>
        </section>
        <QrCode text={address} label={intl.formatMessage({ id: "kiosk.pair.qr" })} size={320} />
      </div>
    </KioskFrame>
  );
}
