/** The page of the device in the room. It stands without router, cache and React Aria: it must be small. */

import "../styles/base.css";
import { I18nProvider } from "../i18n/provider";
import { KioskPage } from "../kiosk/kiosk-page";
import { mount } from "./mount";

mount(
  <I18nProvider areas={["kiosk"]}>
    <KioskPage />
  </I18nProvider>,
);
