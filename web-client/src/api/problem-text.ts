/** A problem in the reader's language: what happened and what to do. */

import { type IntlShape, useIntl } from "react-intl";
import { type Problem, toProblem } from "./problem";

const KNOWN = [
  "unauthenticated",
  "invalid_token",
  "token_expired",
  "bad_credentials",
  "invitation_invalid",
  "invitation_expired",
  "not_allowed",
  "bad_origin",
  "not_found",
  "invalid",
  "bad_json",
  "slot_taken",
  "wrong_state",
  "not_admitted",
  "stale",
  "if_match_required",
  "idempotency_mismatch",
  "unknown_code",
  "pairing_expired",
  "too_many",
  "internal",
  "unavailable",
  "offline",
] as const;
type KnownCode = (typeof KNOWN)[number];

const isKnown = (code: string): code is KnownCode => (KNOWN as readonly string[]).includes(code);

export function problemText(intl: IntlShape, error: unknown): string {
  const problem: Problem = toProblem(error);
  const code = isKnown(problem.code) ? problem.code : "unknown";
  return intl.formatMessage(
    { id: `common.problem.${code}` },
    { name: problem.resource?.name ?? "" },
  );
}

/** The text of whatever was thrown. */
export function useProblemText(): (error: unknown) => string {
  const intl = useIntl();
  return (error) => problemText(intl, error);
}
