/** A session for staff: the page the overview's button opens. Needs the words of the area "call". */

import { VisitPage } from "./visit-page";

export function SessionPage({ sessionId }: { readonly sessionId: string }) {
  return <VisitPage sessionId={sessionId} home="/" />;
}
