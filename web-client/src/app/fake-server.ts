/** A server for tests of pages: answers by method and path, and remembers what it was asked. */

import { vi } from "vitest";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Answer = (asked: Asked) => { readonly status?: number; readonly body?: unknown };

/** Answers such as `{ "GET /me": () => ({ body: me }) }`; everything else is not found. */
export function fakeServer(answers: Record<string, Answer>): Asked[] {
  const log: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname.replace("/api/v1", "");
    const text = await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const asked = { method: request.method, path, headers: request.headers, body };
    log.push(asked);
    const answer = answers[`${asked.method} ${path}`]?.(asked) ?? problem(404, "not_found");
    const status = answer.status ?? 200;
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), {
      status,
      headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
    });
  });
  return log;
}

export const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: { type: `/problems/${code}`, title: code, status, code, ...more },
});
