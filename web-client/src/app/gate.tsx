/** Lets only signed-in staff through; everybody else sees the door, at whatever address they came to. */

import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { useIntl } from "react-intl";
import { useMe } from "../auth/me";
import { localeOf } from "../i18n/locales";
import { useLocale } from "../i18n/provider";
import { Spinner } from "../ui/waiting";

const SignInPage = lazy(() =>
  import("../auth/sign-in-page").then((module) => ({ default: module.SignInPage })),
);

export function Gate({ children }: { readonly children: ReactNode }) {
  const intl = useIntl();
  const me = useMe();
  const { suggest } = useLocale();
  const language = me.data?.language;
  useEffect(() => {
    const locale = language && localeOf(language);
    if (locale) suggest(locale);
  }, [language, suggest]);

  const loading = <Spinner label={intl.formatMessage({ id: "common.loading" })} />;
  if (me.isPending) return loading;
  if (me.data?.kind === "staff") return children;
  // A guest's or a room device's cookie is nobody here: signing in replaces it.
  return (
    <Suspense fallback={loading}>
      <SignInPage {...(me.error && { problem: me.error })} />
    </Suspense>
  );
}
