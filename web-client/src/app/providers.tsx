/** What every page of ours stands in: language, React Aria's language, the cache of requests. */

import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Area } from "../i18n/locales";
import { I18nProvider, useLocale } from "../i18n/provider";
import { AriaLocale } from "../ui/aria-locale";
import { Notices } from "../ui/notices";

interface ProvidersProps {
  readonly areas: readonly Area[];
  readonly queryClient: QueryClient;
  readonly children: ReactNode;
}

export function Providers({ areas, queryClient, children }: ProvidersProps) {
  return (
    <I18nProvider areas={areas}>
      <Aria>
        <QueryClientProvider client={queryClient}>
          {children}
          <Notices />
        </QueryClientProvider>
      </Aria>
    </I18nProvider>
  );
}

function Aria({ children }: { readonly children: ReactNode }) {
  const { formatLocale } = useLocale();
  return <AriaLocale locale={formatLocale}>{children}</AriaLocale>;
}
