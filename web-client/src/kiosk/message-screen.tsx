/** A screen that says one thing: a picture, a heading, a sentence, and a voice that reads it. */

import type { ReactNode } from "react";
import { ListenButton } from "./listen-button";
import styles from "./message-screen.module.css";
import { Pictogram, type PictogramName } from "./pictograms";

interface MessageScreenProps {
  readonly picture: PictogramName;
  readonly title: string;
  readonly text: string;
  /** Names the recording; without one nothing offers to listen. */
  readonly recording?: string;
  readonly children?: ReactNode;
}

export function MessageScreen({ picture, title, text, recording, children }: MessageScreenProps) {
  return (
    <div className={styles.screen}>
      <span className={styles.picture}>
        <Pictogram name={picture} size={120} />
      </span>
      <h1 className={styles.title}>{title}</h1>
      <p className={styles.text}>{text}</p>
      <div className={styles.actions}>
        {recording !== undefined && <ListenButton text={recording} words={`${title}. ${text}`} />}
        {children}
      </div>
    </div>
  );
}
