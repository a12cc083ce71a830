/** The frame around every staff page: where one can go, who one is, and the way out. */

import { Link, Outlet } from "@tanstack/react-router";
import { CalendarDays, DoorOpen, LogOut } from "lucide-react";
import { FormattedMessage, useIntl } from "react-intl";
import { arranges, useSignedIn, useSignOut } from "../auth/me";
import { LanguageSelect } from "../i18n/language-select";
import { Brand } from "../ui/brand";
import { PlainButton } from "../ui/plain-button";
import styles from "./shell.module.css";

export function Shell() {
  const intl = useIntl();
  const me = useSignedIn();
  const signOut = useSignOut();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        <FormattedMessage id="staff.shell.skip" />
      </a>
      <header className={styles.header}>
        <Link
          to="/"
          className={styles.home}
          aria-label={intl.formatMessage({ id: "staff.shell.home" })}
        >
          <Brand />
        </Link>
        <nav className={styles.nav} aria-label={intl.formatMessage({ id: "staff.shell.nav" })}>
          <Link
            to="/"
            className={styles.link}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            <CalendarDays size={18} aria-hidden="true" />
            <FormattedMessage id="staff.nav.sessions" />
          </Link>
          {arranges(me) && (
            <Link to="/rooms" className={styles.link}>
              <DoorOpen size={18} aria-hidden="true" />
              <FormattedMessage id="staff.nav.rooms" />
            </Link>
          )}
        </nav>
        <div className={styles.who}>
          <span className={styles.name}>
            <bdi>{me.name}</bdi>
            <small>
              <bdi>{me.organisation.name}</bdi>
            </small>
          </span>
          <LanguageSelect />
          <PlainButton
            variant="quiet"
            icon={<LogOut size={18} aria-hidden="true" />}
            onClick={() => void signOut()}
          >
            <FormattedMessage id="staff.shell.signOut" />
          </PlainButton>
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
