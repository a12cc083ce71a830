/**
 * What a personal link opens. The secret after the `#` is taken out of the address at once, so that
 * neither the history nor somebody looking over a shoulder keeps it, and exchanged for a cookie.
 */

import { useEffect, useState } from "react";
import { useIntl } from "react-intl";
import { api } from "../api/client";
import { toProblem } from "../api/problem";
import { actAs } from "../api/sign-in";
import { VisitPage } from "../call/visit-page";
import { localeOf } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { Spinner } from "../ui/waiting";
import { LinkProblem, type LinkTrouble } from "./link-problem";
import { takeSecret } from "./secret";

type Entrance =
  | { readonly phase: "checking" }
  | { readonly phase: "open"; readonly sessionId: string }
  | { readonly phase: "closed"; readonly trouble: LinkTrouble };

/** Taken once per page, before anything is drawn. */
const secret = takeSecret(window.location, window.history);

export function JoinPage() {
  const intl = useIntl();
  const { suggest } = useLocale();
  const [entrance, setEntrance] = useState<Entrance>({ phase: "checking" });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: pressing "try again" asks once more.
  useEffect(() => {
    let current = true;
    setEntrance({ phase: "checking" });
    void enter(secret).then(({ entrance: next, language }) => {
      if (!current) return;
      const locale = language === undefined ? undefined : localeOf(language);
      if (locale !== undefined) suggest(locale);
      setEntrance(next);
    });
    return () => {
      current = false;
    };
  }, [attempt, suggest]);

  switch (entrance.phase) {
    case "checking":
      return <Spinner label={intl.formatMessage({ id: "call.link.checking" })} />;
    case "open":
      return <VisitPage sessionId={entrance.sessionId} home={null} />;
    case "closed":
      return (
        <LinkProblem trouble={entrance.trouble} onRetry={() => setAttempt((count) => count + 1)} />
      );
    default:
      return entrance satisfies never;
  }
}

interface Entered {
  readonly entrance: Entrance;
  readonly language?: string;
}

/** With a secret, exchanges it; without one (a reloaded page) the cookie says who this is. */
async function enter(taken: string | null): Promise<Entered> {
  try {
    const { data: who } =
      taken === null
        ? await api.GET("/me")
        : await api.POST("/invitations/exchange", { body: { secret: taken } });
    const { sessionId, participantId } = who ?? {};
    if (!sessionId || !participantId) return closed("missing");
    actAs(participantId);
    return { entrance: { phase: "open", sessionId }, language: who?.language ?? "" };
  } catch (error) {
    return closed(troubleOf(toProblem(error).code, taken));
  }
}

const closed = (trouble: LinkTrouble): Entered => ({ entrance: { phase: "closed", trouble } });

function troubleOf(code: string, taken: string | null): LinkTrouble {
  if (code === "invitation_expired") return "expired";
  if (code === "too_many") return "too_many";
  if (code === "offline" || code === "unavailable" || code === "internal") return "offline";
  return taken === null ? "missing" : "invalid";
}
