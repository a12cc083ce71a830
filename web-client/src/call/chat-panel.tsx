/** Written lines: what was said, what is still on its way, and a place to write. */

import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { useTimeFormats, viewerZone } from "../i18n/time";
import type { LiveSession } from "../signaling/live-session";
import type { LiveKnowledge } from "../signaling/live-state";
import { Button } from "../ui/button";
import { useStore } from "../ui/use-store";
import styles from "./chat-panel.module.css";
import { lineText } from "./line-text";

const LONGEST = 2_000;

interface ChatPanelProps {
  readonly live: LiveSession;
  readonly known: LiveKnowledge;
  readonly mayWrite: boolean;
}

export function ChatPanel({ live, known, mayWrite }: ChatPanelProps) {
  const intl = useIntl();
  const formats = useTimeFormats();
  const { unsent } = useStore(live);
  const end = useRef<HTMLLIElement>(null);
  const count = known.chat.length + unsent.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what scrolls.
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);

  const nameOf = (id: string) => known.participants.find((who) => who.id === id)?.name ?? "";
  return (
    <div className={styles.root}>
      <ol className={styles.lines} data-testid="chat-lines">
        {count === 0 && (
          <li className={styles.empty}>{intl.formatMessage({ id: "call.chat.empty" })}</li>
        )}
        {known.chat.map((line) => (
          <li
            key={line.key}
            className={styles.line}
            data-mine={line.from === known.you || undefined}
          >
            <p className={styles.meta}>
              {line.from === known.you ? (
                intl.formatMessage({ id: "call.tile.you" })
              ) : (
                <bdi>{nameOf(line.from)}</bdi>
              )}{" "}
              <time dateTime={line.at}>
                <bdi dir="ltr">{formats.time(line.at, viewerZone())}</bdi>
              </time>
            </p>
            <p className={styles.text} dir="auto">
              {lineText(line, nameOf(line.from), intl)}
            </p>
          </li>
        ))}
        {unsent.map((line) => (
          <li key={line.key} className={styles.line} data-mine="true" data-unsent="true">
            <p className={styles.text} dir="auto">
              {line.text}
            </p>
            {line.failed === undefined ? (
              <p className={styles.meta}>{intl.formatMessage({ id: "call.chat.sending" })}</p>
            ) : (
              <p className={styles.failed}>
                {intl.formatMessage({ id: "call.chat.failed" })}{" "}
                <Button size="small" onPress={() => live.retryLine(line.key)}>
                  {intl.formatMessage({ id: "common.retry" })}
                </Button>
                <Button size="small" variant="quiet" onPress={() => live.discardLine(line.key)}>
                  {intl.formatMessage({ id: "call.chat.discard" })}
                </Button>
              </p>
            )}
          </li>
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      {mayWrite && <Writer onSay={(text) => live.say(text)} />}
    </div>
  );
}

function Writer({ onSay }: { readonly onSay: (text: string) => void }) {
  const intl = useIntl();
  const id = useId();
  const [text, setText] = useState("");
  const say = () => {
    const line = text.trim();
    if (line === "") return;
    onSay(line);
    setText("");
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    say();
  };
  return (
    <form
      className={styles.writer}
      onSubmit={(event) => {
        event.preventDefault();
        say();
      }}
    >
      <label className={styles.label} htmlFor={id}>
        {intl.formatMessage({ id: "call.chat.label" })}
      </label>
      <textarea
        id={id}
        className={styles.input}
        dir="auto"
        rows={2}
        maxLength={LONGEST}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
      />
      <p className={styles.hint}>{intl.formatMessage({ id: "call.chat.hint" })}</p>
      <Button
        type="submit"
        variant="primary"
        icon={<SendHorizontal size={18} aria-hidden="true" className={styles.send} />}
      >
        {intl.formatMessage({ id: "call.chat.send" })}
      </Button>
    </form>
  );
}
