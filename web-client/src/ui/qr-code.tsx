/** A QR code as a picture drawn in place. */

import { encode } from "uqr";

interface QrCodeProps {
  readonly text: string;
  /** What it leads to. */
  readonly label: string;
  readonly size?: number;
}

/** The light margin a reader needs around the code, in modules. */
const QUIET = 4;

export function QrCode({ text, label, size = 160 }: QrCodeProps) {
  const { data, size: modules } = encode(text, { ecc: "M", border: 0 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  const edge = modules + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`${-QUIET} ${-QUIET} ${edge} ${edge}`}
      shapeRendering="crispEdges"
    >
      <rect x={-QUIET} y={-QUIET} width={edge} height={edge} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
