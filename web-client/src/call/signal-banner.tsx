/** What the room said with one press, over the stage until somebody has dealt with it. */

import { useEffect, useRef, useState } from "react";
import { useIntl } from "react-intl";
import { play } from "../media/sounds";
import type { LiveKnowledge } from "../signaling/live-state";
import type { ChatLine } from "../signaling/protocol.gen";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { lineText } from "./line-text";
import { signalOf } from "./room-signal";

export function SignalBanner({ known }: { readonly known: LiveKnowledge }) {
  const intl = useIntl();
  const latest = known.chat.findLast((line) => isSignal(line, known.you));
  // What was said before this page opened has been dealt with.
  const [seen, setSeen] = useState(latest?.key);
  const rung = useRef(latest?.key);
  const key = latest?.key;
  useEffect(() => {
    if (key === undefined || rung.current === key) return;
    rung.current = key;
    void play("doorbell");
  }, [key]);
  if (latest === undefined || latest.key === seen) return null;
  const name = known.participants.find((who) => who.id === latest.from)?.name ?? "";
  return (
    <Banner
      tone="warn"
      actions={
        <Button size="small" onPress={() => setSeen(latest.key)}>
          {intl.formatMessage({ id: "call.signal.seen" })}
        </Button>
      }
    >
      {lineText(latest, name, intl)}
    </Banner>
  );
}

const isSignal = (line: ChatLine, you: string): boolean =>
  line.from !== you && signalOf(line.text) !== null;
