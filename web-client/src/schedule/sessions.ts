/** Sessions from the server, and what can be done to them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body } from "../api/body";
import { api, idempotent, ifMatch } from "../api/client";
import { Problem } from "../api/problem";
import { POLL_MS, ROOMS_KEY } from "../api/queries";
import type { NewSession, Session, SessionChange } from "../api/types";

const SESSIONS_KEY = ["get", "/sessions"] as const;
const PAGE = 200;
/** Centres and staff change a few times a month. */
const SELDOM_MS = 60_000;

interface Span {
  readonly from: string;
  readonly to: string;
}

async function sessionsBetween({ from, to }: Span): Promise<Session[]> {
  const sessions: Session[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { from, to, limit: PAGE, ...(cursor && { cursor }) };
    const page = await body(api.GET("/sessions", { params: { query } }));
    sessions.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return sessions;
}

/** The sessions of a stretch of time, asked for again every few seconds. */
export function useSessions(span: Span | undefined) {
  return useQuery({
    queryKey: [...SESSIONS_KEY, span],
    queryFn: () => (span ? sessionsBetween(span) : []),
    enabled: span !== undefined,
    refetchInterval: POLL_MS,
    // The same day in view keeps its list while the next answer is on its way.
    placeholderData: (previous) => previous,
  });
}

const sessionKey = (id: string) => ["get", "/sessions/{id}", id] as const;

const oneSession = (id: string) => body(api.GET("/sessions/{id}", { params: { path: { id } } }));

/** One session, asked for again every few seconds. */
export function useSession(id: string) {
  return useQuery({
    queryKey: sessionKey(id),
    queryFn: () => oneSession(id),
    refetchInterval: POLL_MS,
  });
}

/** What the trials of a session's lines have shown, for those who may see it. */
export function useLineChecks(id: string) {
  return useQuery({
    queryKey: ["get", "/sessions/{id}/line-checks", id],
    queryFn: () => body(api.GET("/sessions/{id}/line-checks", { params: { path: { id } } })),
    // Whoever may not see them is told so once.
    refetchInterval: (query) => (query.state.error === null ? POLL_MS : false),
    retry: false,
  });
}

export const useRooms = () =>
  useQuery({
    queryKey: ROOMS_KEY,
    queryFn: () => body(api.GET("/rooms")),
    refetchInterval: POLL_MS,
  });

export const useSites = () =>
  useQuery({
    queryKey: ["get", "/sites"],
    queryFn: () => body(api.GET("/sites")),
    staleTime: SELDOM_MS,
  });

export const usePeople = () =>
  useQuery({
    queryKey: ["get", "/people"],
    queryFn: () => body(api.GET("/people")),
    staleTime: SELDOM_MS,
  });

/** Puts an answer into every list that shows the session, and asks for the lists again. */
function useTakeIn() {
  const queries = useQueryClient();
  return (session: Session) => {
    queries.setQueryData(sessionKey(session.id), session);
    queries.setQueriesData<Session[]>({ queryKey: SESSIONS_KEY }, (list) =>
      list?.map((each) => (each.id === session.id ? session : each)),
    );
    return queries.invalidateQueries({ queryKey: SESSIONS_KEY });
  };
}

interface BookRequest {
  readonly session: NewSession;
  /** The same key for every attempt at the same booking. */
  readonly key: string;
}

export function useBook() {
  const takeIn = useTakeIn();
  return useMutation({
    mutationFn: ({ session, key }: BookRequest) =>
      body(api.POST("/sessions", { body: session, headers: idempotent(key) })),
    onSuccess: ({ session }) => takeIn(session),
  });
}

interface ChangeRequest {
  readonly session: Session;
  readonly change: SessionChange;
}

export function useChange() {
  const takeIn = useTakeIn();
  return useMutation({
    mutationFn: ({ session, change }: ChangeRequest) =>
      body(
        api.PATCH("/sessions/{id}", {
          params: { path: { id: session.id }, header: ifMatch(session.version) },
          body: change,
        }),
      ),
    onSuccess: takeIn,
  });
}

export function useCancel() {
  const takeIn = useTakeIn();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      body(api.POST("/sessions/{id}/cancel", { params: { path: { id } }, body: { reason } })),
    onSuccess: takeIn,
    onError: (error, { id }) => afterConflict(error, () => refresh(queries, id)),
  });
}

export function useEnd() {
  const takeIn = useTakeIn();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => body(api.POST("/sessions/{id}/end", { params: { path: { id } } })),
    onSuccess: takeIn,
    onError: (error, id) => afterConflict(error, () => refresh(queries, id)),
  });
}

export function useReissue(sessionId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (participantId: string) =>
      body(
        api.POST("/sessions/{id}/participants/{participantId}/invitation", {
          params: { path: { id: sessionId, participantId } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionKey(sessionId) }),
  });
}

/** The newest version of a session, after a change was refused as stale. */
export function useFetchNewest() {
  const queries = useQueryClient();
  return (id: string): Promise<Session> =>
    queries.fetchQuery({ queryKey: sessionKey(id), queryFn: () => oneSession(id), staleTime: 0 });
}

type Queries = ReturnType<typeof useQueryClient>;

async function refresh(queries: Queries, id: string): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: sessionKey(id) }),
    queries.invalidateQueries({ queryKey: SESSIONS_KEY }),
  ]);
}

/** Somebody was faster: show where things stand. */
async function afterConflict(error: unknown, show: () => Promise<void>): Promise<void> {
  if (error instanceof Problem && error.code === "wrong_state") await show();
}
