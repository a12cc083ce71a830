/** Messages by area and locale, each its own small file that is fetched when first needed. */

import type { Area, Locale } from "./locales";

/** Every message has an id of the English catalogues; a page holds those of its areas. */
export type MessageId = FormatjsIntl.Message["ids"];
export type Messages = Record<MessageId, string>;

const files = import.meta.glob<Messages>("./{common,staff,call,kiosk}/*.json", {
  import: "default",
});
const loaded = new Map<string, Promise<Messages>>();

function load(area: Area, locale: Locale): Promise<Messages> {
  const path = `./${area}/${locale}.json`;
  const known = loaded.get(path);
  if (known) return known;
  const file = files[path];
  if (!file) throw new Error(`no catalogue ${path}`);
  const messages = file();
  loaded.set(path, messages);
  messages.catch(() => loaded.delete(path)); // a lost connection: the next attempt fetches again
  return messages;
}

/** The messages of several areas as one catalogue. */
export async function loadMessages(areas: readonly Area[], locale: Locale): Promise<Messages> {
  const parts = await Promise.all(areas.map((area) => load(area, locale)));
  return Object.assign({}, ...parts) as Messages;
}
