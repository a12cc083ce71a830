/** Reads a view-model that lives outside React. */

import { useSyncExternalStore } from "react";

/** A state that is replaced, never changed in place, and tells when. */
export interface Store<State> {
  readonly getState: () => State;
  readonly subscribe: (listener: () => void) => () => void;
}

export function useStore<State>(store: Store<State>): State {
  return useSyncExternalStore(store.subscribe, store.getState);
}
