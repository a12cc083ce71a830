/** Copies a text, and says that it did. */

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useIntl } from "react-intl";
import { Button } from "./button";

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for those who hear the page: "Copy the link of Selam". */
  readonly label: string;
}

const CONFIRM_MS = 2_500;

export function CopyButton({ text, label }: CopyButtonProps) {
  const intl = useIntl();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      size="small"
      aria-label={label}
      icon={copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      onPress={() => {
        copy(text).then(
          () => setCopied(true),
          () => setCopied(false),
        );
      }}
    >
      <span aria-live="polite">
        {intl.formatMessage({ id: copied ? "common.copied" : "common.copy" })}
      </span>
    </Button>
  );
}

/** The clipboard needs https or localhost; on a plain http address of the house an older way works. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser did not copy");
}
