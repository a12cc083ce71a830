/** The words of a chat line. */

import type { IntlShape } from "react-intl";
import type { ChatLine } from "../signaling/protocol.gen";
import { signalOf } from "./room-signal";

/** A line as it reads here: what was said with a press in the room is put into words. */
export function lineText(line: ChatLine, name: string, intl: IntlShape): string {
  const signal = signalOf(line.text);
  return signal === null
    ? line.text
    : intl.formatMessage({ id: `call.signal.${signal}` }, { name });
}
