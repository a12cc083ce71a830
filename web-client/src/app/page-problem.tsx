/** What stands in place of a page that is not there or could not be shown. */

import { FormattedMessage, useIntl } from "react-intl";
import { PlainButton } from "../ui/plain-button";
import { Empty } from "../ui/waiting";

export function PageProblem({ error }: { readonly error?: unknown }) {
  const intl = useIntl();
  // A chunk that cannot be loaded after an update of the server is there again after a reload.
  const title = error ? "staff.page.broken" : "staff.page.notFound";
  return (
    <Empty
      title={intl.formatMessage({ id: title })}
      action={
        <PlainButton
          variant="primary"
          onClick={() => (error ? window.location.reload() : window.location.assign("/"))}
        >
          <FormattedMessage id={error ? "staff.page.reload" : "staff.page.home"} />
        </PlainButton>
      }
    />
  );
}
