/** The dialogs with date fields, fetched when first opened: a third of what the day's list needs. */

import { type ComponentProps, lazy, Suspense } from "react";
import type { BookDialog as Book } from "./book-dialog";
import type { ChangeDialog as Change } from "./change-dialog";

const fetchBook = () => import("./book-dialog");
const fetchChange = () => import("./change-dialog");
const LazyBook = lazy(() => fetchBook().then((module) => ({ default: module.BookDialog })));
const LazyChange = lazy(() => fetchChange().then((module) => ({ default: module.ChangeDialog })));

export function BookDialog(props: ComponentProps<typeof Book>) {
  return (
    <Suspense fallback={null}>
      <LazyBook {...props} />
    </Suspense>
  );
}

export function ChangeDialog(props: ComponentProps<typeof Change>) {
  return (
    <Suspense fallback={null}>
      <LazyChange {...props} />
    </Suspense>
  );
}

/** Fetches the dialogs ahead of the first press. */
export function fetchDialogs(): void {
  void fetchBook().catch(() => undefined);
}
