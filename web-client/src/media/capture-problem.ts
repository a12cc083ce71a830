/** Why a camera or microphone cannot be used, told apart by what a person can do about it. */

export type CaptureProblem =
  /** The person or a policy said no: the browser's site settings can change it. */
  | "blocked"
  /** There is no such device: plug one in. */
  | "none_found"
  /** Another program holds it: close that program. */
  | "in_use"
  /** It worked and was unplugged, or its driver stopped. */
  | "gone"
  /** The page is not served securely; only an administrator can help. */
  | "insecure"
  | "unknown";

/** Reads the error of `getUserMedia` by its name; the messages differ between browsers. */
export function problemOf(error: unknown): CaptureProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return "blocked";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "none_found";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "in_use";
    case "SecurityError":
    case "TypeError":
      return "insecure";
    default:
      return "unknown";
  }
}
