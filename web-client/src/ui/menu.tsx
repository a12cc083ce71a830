/** A button that opens a short list of things to do. */

import type { ReactNode } from "react";
import { Menu, MenuItem, MenuTrigger, Popover, Button as RawButton } from "react-aria-components";
import buttonStyles from "./button.module.css";
import { buttonClass } from "./button-class";
import { cx } from "./cx";
import styles from "./field.module.css";

export interface MenuAction {
  readonly id: string;
  readonly label: string;
  readonly run: () => void;
}

interface ActionMenuProps {
  readonly label: string;
  readonly actions: readonly MenuAction[];
  /** The button's icon. */
  readonly children: ReactNode;
}

export function ActionMenu({ label, actions, children }: ActionMenuProps) {
  return (
    <MenuTrigger>
      <RawButton aria-label={label} className={cx(buttonClass("quiet"), buttonStyles.icon)}>
        {children}
      </RawButton>
      <Popover className={cx(styles.popover)} placement="bottom end">
        <Menu aria-label={label} items={actions}>
          {(action) => (
            <MenuItem className={cx(styles.option)} onAction={action.run}>
              {action.label}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
