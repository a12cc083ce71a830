/** A link that leads nowhere: why, and who can help. */

import { Link2Off } from "lucide-react";
import { useIntl } from "react-intl";
import { LanguageSelect } from "../i18n/language-select";
import { Button } from "../ui/button";
import styles from "./link-problem.module.css";

export type LinkTrouble = "invalid" | "expired" | "missing" | "offline" | "too_many";

interface LinkProblemProps {
  readonly trouble: LinkTrouble;
  readonly onRetry: () => void;
}

export function LinkProblem({ trouble, onRetry }: LinkProblemProps) {
  const intl = useIntl();
  const mayPass = trouble === "offline" || trouble === "too_many";
  return (
    <main className={styles.page} data-testid={`link-${trouble}`}>
      <Link2Off className={styles.icon} size={56} aria-hidden="true" />
      <h1>{intl.formatMessage({ id: `call.link.${trouble}.title` })}</h1>
      <p className={styles.text}>{intl.formatMessage({ id: `call.link.${trouble}.text` })}</p>
      {mayPass && (
        <Button variant="primary" size="large" onPress={onRetry}>
          {intl.formatMessage({ id: "common.retry" })}
        </Button>
      )}
      <LanguageSelect />
    </main>
  );
}
