/** Keys of the call. They do nothing while somebody types or a dialog is open. */

import { useEffect, useRef } from "react";

export interface Shortcuts {
  readonly microphone: () => void;
  readonly camera: () => void;
  readonly hand: () => void;
  readonly help: () => void;
}

export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (action === null || event.repeat || busy(event.target)) return;
      event.preventDefault();
      latest.current[action]();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

/** Keys are told apart by their place, so that they work on Arabic and Tigrinya keyboards. */
export function actionOf(
  event: Pick<KeyboardEvent, "ctrlKey" | "altKey" | "metaKey" | "shiftKey" | "code">,
): keyof Shortcuts | null {
  if (!event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.shiftKey) {
    if (event.code === "KeyH") return "hand";
    return event.code === "Slash" ? "help" : null;
  }
  if (event.code === "KeyD") return "microphone";
  return event.code === "KeyE" ? "camera" : null;
}

function busy(target: EventTarget | null): boolean {
  const typing =
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  return typing || document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
}
