/** The panel beside the stage: people or chat, on paper, easy to read for hours. */

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useIntl } from "react-intl";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/icon-button";
import styles from "./side-panel.module.css";

export type PanelName = "people" | "chat";

interface SidePanelProps {
  readonly shown: PanelName;
  readonly onShow: (panel: PanelName) => void;
  readonly onClose: () => void;
  readonly peopleCount: number;
  readonly unread: number;
  readonly people: ReactNode;
  readonly chat: ReactNode;
}

export function SidePanel(props: SidePanelProps) {
  const { shown, onShow, onClose, peopleCount, unread, people, chat } = props;
  const intl = useIntl();
  return (
    <aside
      className={styles.panel}
      data-theme="paper"
      aria-label={intl.formatMessage({ id: "call.panel.label" })}
    >
      <Tabs
        className={cx(styles.tabs)}
        selectedKey={shown}
        onSelectionChange={(key) => onShow(key === "chat" ? "chat" : "people")}
      >
        <div className={styles.head}>
          <TabList
            className={cx(styles.list)}
            aria-label={intl.formatMessage({ id: "call.panel.label" })}
          >
            <Tab id="people" className={cx(styles.tab)}>
              {intl.formatMessage({ id: "call.bar.people" })} <span>{peopleCount}</span>
            </Tab>
            <Tab id="chat" className={cx(styles.tab)}>
              {intl.formatMessage({ id: "call.bar.chat" })}
              {unread > 0 && <span className={styles.badge}>{unread}</span>}
            </Tab>
          </TabList>
          <IconButton
            size="small"
            label={intl.formatMessage({ id: "call.panel.close" })}
            onPress={onClose}
          >
            <X size={18} aria-hidden="true" />
          </IconButton>
        </div>
        <TabPanel id="people" className={cx(styles.body)}>
          {people}
        </TabPanel>
        <TabPanel id="chat" className={cx(styles.body, styles.fixed)}>
          {chat}
        </TabPanel>
      </Tabs>
    </aside>
  );
}
