/** A session's page. */

import { getRouteApi } from "@tanstack/react-router";
import { arranges, useSignedIn } from "../auth/me";
import { DetailsPage } from "../schedule/details-page";

const route = getRouteApi("/shell/sessions/$id");

export function Details() {
  const { id } = route.useParams();
  return <DetailsPage sessionId={id} mayArrange={arranges(useSignedIn())} />;
}
