/** The kiosk's own pictures. Each stands beside a word, so none of them is read out. */

import type { ReactNode } from "react";
import styles from "./pictograms.module.css";

export type PictogramName =
  | "officer"
  | "interpreter"
  | "family"
  | "person"
  | "speaker"
  | "help"
  | "break"
  | "ear"
  | "check"
  | "camera"
  | "camera_off"
  | "lost"
  | "door"
  | "fullscreen"
  | "screen";

const HEAD = <circle cx="24" cy="14" r="8" />;
const SHOULDERS = <path d="M8 43v-4a13 13 0 0 1 13-13h6a13 13 0 0 1 13 13v4z" />;

const PICTURES: Record<PictogramName, ReactNode> = {
  officer: (
    <>
      {HEAD}
      {SHOULDERS}
      <path d="m20 26 4 5 4-5M24 31v8M31 35h5" />
    </>
  ),
  interpreter: (
    <>
      {HEAD}
      {SHOULDERS}
      <path d="M14 15v-2a10 10 0 0 1 20 0v2" />
      <path d="M14 13h-2v6h3M34 13h2v6h-3M36 19c0 3-3 5-7 5" />
    </>
  ),
  family: (
    <>
      <circle cx="14" cy="13" r="6" />
      <circle cx="34" cy="13" r="6" />
      <circle cx="24" cy="27" r="4.5" />
      <path d="M4 42v-8a9 9 0 0 1 13-8M44 42v-8a9 9 0 0 0-13-8" />
      <path d="M16 42v-1a8 8 0 0 1 16 0v1z" />
    </>
  ),
  person: (
    <>
      {HEAD}
      {SHOULDERS}
    </>
  ),
  speaker: <path d="M22 10 12 18H5v12h7l10 8zM30 17a10 10 0 0 1 0 14M36 11a19 19 0 0 1 0 26" />,
  help: (
    <>
      <circle cx="24" cy="24" r="19" />
      <path d="M18 18a6 6 0 1 1 8.5 5.5c-1.7.8-2.5 2-2.5 4M24 34v.5" />
    </>
  ),
  break: (
    <path d="M8 20h27v9a11 11 0 0 1-11 11h-5A11 11 0 0 1 8 29zM35 22h3a5 5 0 0 1 0 10h-4M16 14c-2-2 2-4 0-7M25 14c-2-2 2-4 0-7" />
  ),
  ear: (
    <>
      <path d="M14 20a11 11 0 0 1 22 0c0 8-7 9-8 15a6 6 0 0 1-11 2" />
      <path d="M20 20a5 5 0 0 1 10 0c0 4-4 4-4 8M6 6l36 36" />
    </>
  ),
  check: <path d="m10 25 9 10 19-22" />,
  camera: <path d="M5 14h24v20H5zM29 22l13-7v18l-13-7" />,
  camera_off: <path d="M5 14h24v20H5zM29 22l13-7v18l-13-7M4 6l38 36" />,
  lost: (
    <>
      <path d="M4 18a29 29 0 0 1 40 0M11 26a19 19 0 0 1 26 0M18 33a9 9 0 0 1 12 0M24 40v.5" />
      <path d="M7 7l34 34" />
    </>
  ),
  door: <path d="M12 43V6h24v37M6 43h36M30 25v.5" />,
  fullscreen: <path d="M7 17V7h10M31 7h10v10M41 31v10H31M17 41H7V31" />,
  screen: <path d="M5 9h38v25H5zM17 42h14M24 34v8" />,
};

interface PictogramProps {
  readonly name: PictogramName;
  /** In pixels. */
  readonly size: number;
}

export function Pictogram({ name, size }: PictogramProps) {
  return (
    <svg
      className={styles.pictogram}
      width={size}
      height={size}
      viewBox="0 0 48 48"
      aria-hidden="true"
    >
      {PICTURES[name]}
    </svg>
  );
}
