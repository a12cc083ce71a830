/** Tries the line when asked to, and says what came out and what to do. */

import { Activity } from "lucide-react";
import { useState } from "react";
import { useIntl } from "react-intl";
import type { LineCheck } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { checkLine } from "./keep-line";
import styles from "./line-check.module.css";

type State =
  | { readonly name: "idle" | "failed" }
  | { readonly name: "running"; readonly share: number }
  | { readonly name: "done"; readonly check: LineCheck };

const TONES = { good: "ok", weak: "warn", blocked: "danger" } as const;

export function LineCheckPanel({ sessionId }: { readonly sessionId: string }) {
  const intl = useIntl();
  const [state, setState] = useState<State>({ name: "idle" });
  const runs = state.name === "running";
  return (
    <section className={styles.root} data-testid="line-check">
      <Button icon={<Activity size={18} aria-hidden="true" />} isDisabled={runs} onPress={run}>
        {intl.formatMessage({ id: runs ? "call.line.running" : "call.line.try" })}
      </Button>
      {runs && (
        <progress
          className={styles.progress}
          value={state.share}
          aria-label={intl.formatMessage({ id: "call.line.running" })}
        />
      )}
      {state.name === "failed" && (
        <Banner tone="warn">{intl.formatMessage({ id: "call.line.failed" })}</Banner>
      )}
      {state.name === "done" && <Outcome check={state.check} />}
    </section>
  );

  function run(): void {
    setState({ name: "running", share: 0 });
    checkLine(sessionId, (share) => setState({ name: "running", share })).then(
      (check) => setState({ name: "done", check }),
      () => setState({ name: "failed" }),
    );
  }
}

function Outcome({ check }: { readonly check: LineCheck }) {
  const intl = useIntl();
  const { path } = check.result;
  return (
    <Banner tone={TONES[check.verdict]}>
      <p>{intl.formatMessage({ id: `call.line.${check.verdict}` })}</p>
      {(path === "tcp" || path === "relay") && (
        <p>{intl.formatMessage({ id: "call.line.detour" })}</p>
      )}
    </Banner>
  );
}
