/** The document's title: what the window and the history show. */

import { useEffect } from "react";

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Bega` : "Bega";
  }, [title]);
}
