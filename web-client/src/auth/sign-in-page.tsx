/** The staff's door. */

import { Eye, EyeOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { toProblem } from "../api/problem";
import { useProblemText } from "../api/problem-text";
import { LanguageSelect } from "../i18n/language-select";
import { Banner } from "../ui/banner";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { usePageTitle } from "../ui/page-title";
import { TextField } from "../ui/text-field";
import { useSignIn } from "./me";
import styles from "./sign-in-page.module.css";

interface SignInPageProps {
  /** The server was not reached when asked who we are. */
  readonly problem?: unknown;
}

export function SignInPage({ problem }: SignInPageProps) {
  const intl = useIntl();
  const text = useProblemText();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [visible, setVisible] = useState(false);
  const [state, setState] = useState<{ busy: boolean; tried: boolean; error: unknown }>({
    busy: false,
    tried: false,
    error: problem ?? null,
  });
  usePageTitle(intl.formatMessage({ id: "staff.signIn.title" }));

  const missing = (value: string) =>
    state.tried && value.trim() === "" ? intl.formatMessage({ id: "common.required" }) : undefined;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (email.trim() === "" || password === "") {
      setState({ busy: false, tried: true, error: null });
      return;
    }
    setState({ busy: true, tried: true, error: null });
    try {
      await signIn(email.trim(), password);
    } catch (error) {
      setState({ busy: false, tried: false, error });
      if (toProblem(error).code === "bad_credentials") setPassword("");
    }
  }

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <Brand />
        <LanguageSelect />
      </header>
      <main className={styles.main}>
        <form className={styles.form} onSubmit={submit} noValidate>
          <div>
            <h1>
              <FormattedMessage id="staff.signIn.title" />
            </h1>
            <p className={styles.hint}>
              <FormattedMessage id="staff.signIn.hint" />
            </p>
          </div>
          {state.error !== null && <Banner tone="danger">{text(state.error)}</Banner>}
          <TextField
            label={intl.formatMessage({ id: "staff.signIn.email" })}
            type="email"
            name="email"
            autoComplete="username"
            dir="ltr"
            autoFocus
            value={email}
            onChange={setEmail}
            error={missing(email)}
          />
          <div className={styles.password}>
            <TextField
              label={intl.formatMessage({ id: "staff.signIn.password" })}
              type={visible ? "text" : "password"}
              name="password"
              autoComplete="current-password"
              dir="ltr"
              value={password}
              onChange={setPassword}
              error={missing(password)}
            />
            <Button
              variant="quiet"
              size="small"
              icon={
                visible ? (
                  <EyeOff size={16} aria-hidden="true" />
                ) : (
                  <Eye size={16} aria-hidden="true" />
                )
              }
              onPress={() => setVisible(!visible)}
            >
              <FormattedMessage
                id={visible ? "staff.signIn.hidePassword" : "staff.signIn.showPassword"}
              />
            </Button>
          </div>
          <Button type="submit" variant="primary" size="large" isDisabled={state.busy}>
            <FormattedMessage id={state.busy ? "staff.signIn.busy" : "staff.signIn.submit"} />
          </Button>
          <p className={styles.hint}>
            <FormattedMessage id="staff.signIn.guest" />
          </p>
        </form>
      </main>
    </div>
  );
}
