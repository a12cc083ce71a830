/** The typed HTTP client. Every failed request throws a [`Problem`](./problem.ts). */

import createFetchClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema.gen";
import { asHeader } from "./sign-in";

const signIn: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(asHeader())) request.headers.set(name, value);
    return request;
  },
};

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await Problem.of(response);
    return undefined;
  },
  onError({ error }) {
    return error instanceof Problem ? error : Problem.offline();
  },
};

/** Paths are relative to the API's version, as in `/me`. */
export const api = createFetchClient<paths>({
  baseUrl: new URL("/api/v1", window.location.origin).href,
  credentials: "same-origin",
  // Looked up at each call, so that tests and offline tools can replace it.
  fetch: (request) => globalThis.fetch(request),
});
api.use(signIn, problems);

/** The header that makes a repeated create the same create. */
export const idempotent = (key: string) => ({ "Idempotency-Key": key });

/** The header that makes a change fail when somebody else changed the thing first. */
export const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });
