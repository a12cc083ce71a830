/** The page of the device in the room. It stands without router, cache and React Aria: it must be small. */

import "../styles/base.css";
import { actAsBefore } from "../api/sign-in";
import { I18nProvider } from "../i18n/provider";
import { KioskPage } from "../kiosk/kiosk-page";
import { mount } from "./mount";

actAsBefore("device");
mount(
  <I18nProvider areas={["kiosk"]}>
    <KioskPage />
  </I18nProvider>,
);
