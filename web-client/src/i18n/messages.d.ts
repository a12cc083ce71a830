/** Makes every message id a checked type: an id that is in no English catalogue does not compile. */

import type call from "./call/en.json";
import type common from "./common/en.json";
import type kiosk from "./kiosk/en.json";
import type staff from "./staff/en.json";

declare global {
  namespace FormatjsIntl {
    interface Message {
      ids: keyof typeof common | keyof typeof staff | keyof typeof call | keyof typeof kiosk;
    }
  }
}
