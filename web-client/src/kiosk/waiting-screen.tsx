/** Before the session begins: you are in the right place, these people are ready, this is what they see. */

import { type ReactNode, useState } from "react";
import { useIntl } from "react-intl";
import { type Visit, withBooked } from "../call/visit";
import { SelfView } from "../lobby/self-view";
import type { LiveKnowledge } from "../signaling/live-state";
import type { Participant, Role } from "../signaling/protocol.gen";
import { useStore } from "../ui/use-store";
import { HelpScreen } from "./help-screen";
import { KioskButton } from "./kiosk-button";
import { KioskFrame } from "./kiosk-frame";
import { ListenButton } from "./listen-button";
import { Pictogram, type PictogramName } from "./pictograms";
import styles from "./waiting-screen.module.css";

interface WaitingScreenProps {
  readonly place: ReactNode;
  readonly visit: Visit;
  readonly known: LiveKnowledge;
}

export function WaitingScreen({ place, visit, known }: WaitingScreenProps) {
  const intl = useIntl();
  const [help, setHelp] = useState(false);
  const { camera } = useStore(visit.capture);
  const { booked } = useStore(visit);
  const title = intl.formatMessage({ id: "kiosk.waiting.title" });
  const text = intl.formatMessage({ id: "kiosk.waiting.text" });
  if (help) return <HelpScreen place={place} onBack={() => setHelp(false)} />;
  return (
    <KioskFrame
      testId="kiosk-waiting"
      place={place}
      footer={
        <>
          <CameraState visit={visit} />
          <KioskButton picture="help" onPress={() => setHelp(true)}>
            {intl.formatMessage({ id: "kiosk.help" })}
          </KioskButton>
        </>
      }
    >
      <div className={styles.screen}>
        <section>
          <h1 className={styles.title}>{title}</h1>
          <p className={styles.text}>{text}</p>
          <ul className={styles.people}>
            {peopleToMeet(withBooked(known.participants, booked), known.you).map((who) => (
              <Person key={who.id} who={who} you={known.you} />
            ))}
          </ul>
          <ListenButton text="waiting" words={`${title}. ${text}`} />
        </section>
        <div className={styles.self}>
          <SelfView track={camera.track} />
          <span className={styles.caption}>{intl.formatMessage({ id: "kiosk.self" })}</span>
        </div>
      </div>
    </KioskFrame>
  );
}

/** Whether the camera works, and that nothing is recorded; always in view. */
export function CameraState({ visit }: { readonly visit: Visit }) {
  const intl = useIntl();
  const { camera, microphone } = useStore(visit.capture);
  const state =
    camera.problem !== null && camera.track === null
      ? "camera.broken"
      : microphone.problem !== null && microphone.track === null
        ? "microphone.broken"
        : "camera.works";
  return (
    <span className={styles.state} data-broken={state !== "camera.works" || undefined}>
      <Pictogram name={state === "camera.broken" ? "camera_off" : "camera"} size={32} />
      {intl.formatMessage({ id: `kiosk.${state}` })} ·{" "}
      {intl.formatMessage({ id: "kiosk.not_recorded" })}
    </span>
  );
}

function Person({ who, you }: { readonly who: Participant; readonly you: string }) {
  const intl = useIntl();
  const here = who.id === you || who.presence === "present";
  return (
    <li className={styles.person} data-here={here || undefined}>
      <span className={styles.circle}>
        <Pictogram name={PICTURES[who.role]} size={52} />
        {here && (
          <span className={styles.tick}>
            <Pictogram name="check" size={20} />
          </span>
        )}
      </span>
      <span className={styles.role}>
        {who.id === you
          ? intl.formatMessage({ id: "kiosk.you" })
          : intl.formatMessage({ id: `kiosk.role.${who.role}` })}
      </span>
      <span className={styles.presence}>
        {intl.formatMessage({ id: here ? "kiosk.here" : "kiosk.coming" })}
      </span>
    </li>
  );
}

export const PICTURES: Record<Role, PictogramName> = {
  lead_officer: "officer",
  officer: "officer",
  interpreter: "interpreter",
  room_device: "family",
  guardian: "person",
  legal_adviser: "person",
  observer: "person",
  supporter: "person",
  trainer: "officer",
  peer: "person",
};

const MOST = 4;

/** The people of the session in the order of their weight for whoever waits; oneself last. */
function peopleToMeet(people: readonly Participant[], you: string): readonly Participant[] {
  const order: readonly Role[] = ["lead_officer", "trainer", "officer", "interpreter"];
  const rank = (who: Participant) => {
    const place = order.indexOf(who.role);
    return who.id === you ? 99 : place < 0 ? order.length : place;
  };
  const sorted = [...people].sort((a, b) => rank(a) - rank(b));
  const others = sorted.filter((who) => who.id !== you);
  return [...others.slice(0, MOST - 1), ...sorted.filter((who) => who.id === you)];
}
