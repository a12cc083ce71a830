/** Which camera, microphone and speaker, and whether each of them works. */

import { Volume2 } from "lucide-react";
import { useState } from "react";
import { useIntl } from "react-intl";
import type { Capture, Device, Devices } from "../media/capture";
import { play } from "../media/sounds";
import { Button } from "../ui/button";
import { Select } from "../ui/select";
import { useStore } from "../ui/use-store";
import styles from "./device-choice.module.css";
import { LevelBar } from "./level-bar";

interface DeviceChoiceProps {
  readonly capture: Capture;
  /** Moves the sound of the call too, where there is one. */
  readonly onSpeaker: (id: string) => void;
  /** Only watches: has neither camera nor microphone here. */
  readonly onlyWatches?: boolean;
}

export function DeviceChoice({ capture, onSpeaker, onlyWatches = false }: DeviceChoiceProps) {
  const { microphone, chosen } = useStore(capture);
  return (
    <div className={styles.root}>
      {!onlyWatches && (
        <>
          <DeviceSelect capture={capture} kind="camera" onChoose={(id) => choose("camera", id)} />
          <div className={styles.pair}>
            <DeviceSelect
              capture={capture}
              kind="microphone"
              onChoose={(id) => choose("microphone", id)}
            />
            <LevelBar track={microphone.track} muted={!microphone.on} />
          </div>
        </>
      )}
      <div className={styles.pair}>
        <DeviceSelect capture={capture} kind="speaker" onChoose={onSpeaker} />
        <SpeakerTest speaker={chosen.speaker} />
      </div>
    </div>
  );

  function choose(kind: "camera" | "microphone", id: string): void {
    void capture.choose(kind, id);
  }
}

interface DeviceSelectProps {
  readonly capture: Capture;
  readonly kind: keyof Devices;
  readonly onChoose: (id: string) => void;
}

/** Browsers that cannot choose a speaker list none; then there is nothing to choose. */
function DeviceSelect({ capture, kind, onChoose }: DeviceSelectProps) {
  const intl = useIntl();
  const state = useStore(capture);
  const devices = state.devices[kind];
  const inUse = kind === "speaker" ? undefined : state[kind].track?.getSettings().deviceId;
  const wanted = inUse ?? state.chosen[kind];
  const value = devices.find((device) => device.id === wanted)?.id ?? devices[0]?.id ?? null;
  if (devices.length === 0) return null;
  return (
    <Select
      label={intl.formatMessage({ id: `call.device.${kind}` })}
      options={devices.map((device, index) => ({ id: device.id, label: nameOf(device, index) }))}
      value={value}
      onChange={onChoose}
    />
  );

  function nameOf(device: Device, index: number): string {
    if (device.label !== "") return device.label;
    return intl.formatMessage({ id: `call.device.unnamed.${kind}` }, { number: index + 1 });
  }
}

function SpeakerTest({ speaker }: { readonly speaker: string | null }) {
  const intl = useIntl();
  const [phase, setPhase] = useState<"untried" | "playing" | "played">("untried");
  return (
    <div className={styles.test}>
      <Button
        size="small"
        icon={<Volume2 size={18} aria-hidden="true" />}
        isDisabled={phase === "playing"}
        onPress={() => {
          setPhase("playing");
          void play("speaker_test", speaker).then(() => setPhase("played"));
        }}
      >
        {intl.formatMessage({ id: "call.device.play" })}
      </Button>
      <span role="status" className={styles.hint}>
        {phase === "playing" && intl.formatMessage({ id: "call.device.playing" })}
        {phase === "played" && intl.formatMessage({ id: "call.device.played" })}
      </span>
    </div>
  );
}
