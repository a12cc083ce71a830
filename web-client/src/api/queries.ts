/** How answers of the server are kept and asked for again. */

import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem, toProblem } from "./problem";

/** How often lists ask again while the page is in view. */
export const POLL_MS = 10_000;

/** The query that says who is signed in. */
export const ME_KEY = ["get", "/me"] as const;

/** The query that lists rooms with their devices; two parts of the client show it. */
export const ROOMS_KEY = ["get", "/rooms"] as const;

export function createAppQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        // The cookie ran out while the page was open: ask again who we are, which shows sign-in.
        const signedOut = error instanceof Problem && error.status === 401;
        if (signedOut && query.queryKey[1] !== ME_KEY[1]) {
          void client.invalidateQueries({ queryKey: ME_KEY });
        }
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && mayPass(toProblem(error)),
        throwOnError: false,
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return client;
}

/** Whether the same request may succeed if it is simply sent again. */
const mayPass = (problem: Problem): boolean => problem.status === 0 || problem.status >= 500;
