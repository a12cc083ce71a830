/** Who is at the door, whose hand is up, who is in the session and who is not here yet. */

import { Hand, MicOff } from "lucide-react";
import type { ReactNode } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import type { MediaPerson } from "../media/media-session";
import { handsInOrder, type LiveKnowledge, me } from "../signaling/live-state";
import type { Participant } from "../signaling/protocol.gen";
import { Button } from "../ui/button";
import { Chip } from "../ui/chip";
import styles from "./people-panel.module.css";
import { mayRemove } from "./permissions";

interface PeoplePanelProps {
  readonly known: LiveKnowledge;
  readonly others: readonly MediaPerson[];
  readonly onAdmit: (participant: Participant) => void;
  readonly onRefuse: (participant: Participant) => void;
  readonly onRemove: (participant: Participant) => void;
  readonly onLowerHand: (participant: Participant) => void;
}

export function PeoplePanel(props: PeoplePanelProps) {
  const { known, others, onAdmit, onRefuse, onRemove, onLowerHand } = props;
  const intl = useIntl();
  const self = me(known);
  const mayAdmit = self?.mayAdmit === true;
  const waiting = known.participants.filter((who) => who.presence === "waiting");
  const hands = handsInOrder(known);
  const inside = known.participants.filter(
    (who) => who.presence === "present" || who.presence === "reconnecting",
  );
  const away = known.participants.filter(
    (who) => who.presence === "absent" || who.presence === "refused",
  );
  return (
    <div className={styles.root}>
      {waiting.length > 0 && (
        <Section title={intl.formatMessage({ id: "call.people.waiting" })} loud>
          {waiting.map((who) => (
            <Row key={who.id} who={who} you={known.you}>
              {mayAdmit && (
                <span className={styles.actions}>
                  <Button size="small" variant="primary" onPress={() => onAdmit(who)}>
                    {intl.formatMessage({ id: "call.people.admit" })}
                    <OfWhom who={who} />
                  </Button>
                  <Button size="small" onPress={() => onRefuse(who)}>
                    {intl.formatMessage({ id: "call.people.refuse" })}
                    <OfWhom who={who} />
                  </Button>
                </span>
              )}
            </Row>
          ))}
        </Section>
      )}
      {hands.length > 0 && (
        <Section title={intl.formatMessage({ id: "call.people.hands" })}>
          {hands.map((who) => (
            <Row
              key={who.id}
              who={who}
              you={known.you}
              icon={<Hand size={18} aria-hidden="true" />}
            >
              {(mayAdmit || who.id === known.you) && (
                <Button size="small" onPress={() => onLowerHand(who)}>
                  {intl.formatMessage({ id: "call.bar.hand_down" })}
                  <OfWhom who={who} />
                </Button>
              )}
            </Row>
          ))}
        </Section>
      )}
      <Section title={intl.formatMessage({ id: "call.people.inside" })}>
        {inside.map((who) => (
          <Row key={who.id} who={who} you={known.you}>
            <span className={styles.actions}>
              <State who={who} person={others.find((person) => person.identity === who.id)} />
              {self !== undefined && mayRemove(self, who) && (
                <Button size="small" variant="quiet" onPress={() => onRemove(who)}>
                  {intl.formatMessage({ id: "call.people.remove" })}
                  <OfWhom who={who} />
                </Button>
              )}
            </span>
          </Row>
        ))}
      </Section>
      {away.length > 0 && (
        <Section title={intl.formatMessage({ id: "call.people.away" })}>
          {away.map((who) => (
            <Row key={who.id} who={who} you={known.you}>
              {who.presence === "refused" && (
                <Chip>{intl.formatMessage({ id: "call.presence.refused" })}</Chip>
              )}
            </Row>
          ))}
        </Section>
      )}
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly loud?: boolean;
  readonly children: ReactNode;
}

function Section({ title, loud = false, children }: SectionProps) {
  return (
    <section className={styles.section} data-loud={loud || undefined}>
      <h2 className={styles.heading}>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

interface RowProps {
  readonly who: Participant;
  readonly you: string;
  readonly icon?: ReactNode;
  readonly children?: ReactNode;
}

function Row({ who, you, icon, children }: RowProps) {
  const intl = useIntl();
  return (
    <li className={styles.row} data-person={who.id}>
      {icon}
      <span className={styles.who}>
        <span className={styles.name}>
          <bdi>{who.name}</bdi>
        </span>
        <span className={styles.role}>
          {intl.formatMessage({ id: `call.role.${who.role}` })}
          {who.id === you && <> · {intl.formatMessage({ id: "call.tile.you" })}</>}
        </span>
      </span>
      {children}
    </li>
  );
}

function State({
  who,
  person,
}: {
  readonly who: Participant;
  readonly person: MediaPerson | undefined;
}) {
  const intl = useIntl();
  if (who.presence === "reconnecting") {
    return <Chip tone="warn">{intl.formatMessage({ id: "call.presence.reconnecting" })}</Chip>;
  }
  if (person?.microphone !== "muted") return null;
  return (
    <span className={styles.muted}>
      <MicOff size={16} aria-hidden="true" />
      <span className="visually-hidden">{intl.formatMessage({ id: "call.tile.muted" })}</span>
    </span>
  );
}

/** Completes a button's name for those who hear it: "Admit" whom. */
function OfWhom({ who }: { readonly who: Participant }) {
  return (
    <span className="visually-hidden">
      <FormattedMessage id="call.people.of" values={{ name: who.name }} />
    </span>
  );
}
