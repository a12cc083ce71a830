/** The way into a session for somebody who is signed in: green room, waiting room, call. */

import { getRouteApi } from "@tanstack/react-router";
import { useIntl } from "react-intl";
import { SessionPage } from "../call/session-page";
import { AreaProvider } from "../i18n/provider";
import { Spinner } from "../ui/waiting";

const route = getRouteApi("/sessions/$id/join");

export function JoinSession() {
  const intl = useIntl();
  const { id } = route.useParams();
  return (
    <AreaProvider
      area="call"
      fallback={<Spinner label={intl.formatMessage({ id: "common.loading" })} />}
    >
      <SessionPage sessionId={id} />
    </AreaProvider>
  );
}
