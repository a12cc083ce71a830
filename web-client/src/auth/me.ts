/** Who is signed in. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { body } from "../api/body";
import { api } from "../api/client";
import { toProblem } from "../api/problem";
import { ME_KEY } from "../api/queries";
import type { Me } from "../api/types";

/** Nobody (`null`) is an answer too: it shows the sign-in page. */
async function whoAmI(): Promise<Me | null> {
  try {
    return await body(api.GET("/me"));
  } catch (error) {
    if (toProblem(error).status === 401) return null;
    throw error;
  }
}

export function useMe() {
  return useQuery({ queryKey: ME_KEY, queryFn: whoAmI, staleTime: 60_000 });
}

/** The signed-in person; only below the gate, which shows nothing else without one. */
export function useSignedIn(): Me {
  const { data } = useMe();
  if (!data) throw new Error("useSignedIn needs the gate above it");
  return data;
}

/** Coordinators and admins arrange; everybody else takes part. */
export const arranges = (me: Me): boolean =>
  me.roles.some((role) => role === "coordinator" || role === "admin");

/** Signs in, and makes the answer who we are from now on. */
export function useSignIn(): (email: string, password: string) => Promise<void> {
  const queries = useQueryClient();
  return async (email, password) => {
    const me = await body(api.POST("/auth/sign-in", { body: { email, password } }));
    queries.setQueryData(ME_KEY, me);
  };
}

/** Signs out, and forgets everything the page had fetched. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await api.POST("/auth/sign-out");
    queries.clear();
    queries.setQueryData(ME_KEY, null);
  };
}
