/** Sessions and rooms for tests: each test names only what it is about. */

import type { Room, Session } from "../api/types";

export const session = (part: Partial<Session> = {}): Session => ({
  id: "session",
  kind: "interview",
  state: "planned",
  reference: "NLD-2026-014",
  startsAt: "2026-11-23T07:00:00Z",
  endsAt: "2026-11-23T08:30:00Z",
  room: {
    id: "room",
    name: "Room 2",
    siteId: "site",
    siteName: "ETC Timișoara",
    timeZone: "Europe/Bucharest",
  },
  language: "ti",
  participants: [],
  version: 1,
  ...part,
});

export const room = (id: string, name: string): Room => ({
  id,
  name,
  seats: 4,
  device: null,
  site: { id: "site", name: "ETC Timișoara", timeZone: "Europe/Bucharest" },
});
