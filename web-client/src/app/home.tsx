/** The first page: the centre's day for those who arrange, one's own day for everybody else. */

import { getRouteApi } from "@tanstack/react-router";
import { arranges, useSignedIn } from "../auth/me";
import { DayPage } from "../schedule/day-page";
import { MyDayPage } from "../schedule/my-day-page";

const route = getRouteApi("/shell/");

export function Home() {
  const me = useSignedIn();
  const { day, site } = route.useSearch();
  const navigate = route.useNavigate();
  if (!arranges(me)) return <MyDayPage />;
  return (
    <DayPage
      day={day}
      siteId={site}
      onShow={(next) =>
        void navigate({
          search: {
            ...(next.day && { day: next.day }),
            ...(next.siteId && { site: next.siteId }),
          },
        })
      }
    />
  );
}
