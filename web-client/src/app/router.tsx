/** The staff's pages and their addresses. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";
import { FormattedMessage } from "react-intl";
import { Spinner } from "../ui/waiting";
import { PageProblem } from "./page-problem";
import { Shell } from "./shell";

const root = createRootRoute({ component: Outlet });

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

interface DaySearch {
  /** Such as `2026-11-23`; absent for today. */
  readonly day?: string;
  readonly site?: string;
}

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  validateSearch: (search: Record<string, unknown>): DaySearch => ({
    ...(typeof search["day"] === "string" && { day: search["day"] }),
    ...(typeof search["site"] === "string" && { site: search["site"] }),
  }),
  component: lazyRouteComponent(() => import("./home"), "Home"),
});

const rooms = createRoute({
  getParentRoute: () => shell,
  path: "/rooms",
  component: lazyRouteComponent(() => import("../rooms/rooms-page"), "RoomsPage"),
});

const details = createRoute({
  getParentRoute: () => shell,
  path: "/sessions/$id",
  component: lazyRouteComponent(() => import("./details"), "Details"),
});

// Without the shell: the call has the whole window.
const join = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$id/join",
  component: lazyRouteComponent(() => import("./join-session"), "JoinSession"),
});

/** The pages of the document; one router for its life. */
export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([shell.addChildren([home, rooms, details]), join]),
    defaultPreload: "intent",
    defaultPendingComponent: () => (
      <FormattedMessage id="common.loading">
        {([text]) => <Spinner label={String(text)} />}
      </FormattedMessage>
    ),
    defaultErrorComponent: ({ error }) => <PageProblem error={error} />,
    defaultNotFoundComponent: () => <PageProblem />,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
