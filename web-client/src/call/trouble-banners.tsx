/** Says over the stage what is wrong and what to do, and nothing while all is well. */

import { useIntl } from "react-intl";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import type { Trouble } from "./troubles";

interface TroubleBannersProps {
  readonly troubles: readonly Trouble[];
  readonly onRetryDevices: () => void;
  readonly onDevices: () => void;
  readonly onAllowPlayback: () => void;
  readonly onStart: () => void;
  /** Why starting failed, in words. */
  readonly startFailed: string | null;
}

export function TroubleBanners(props: TroubleBannersProps) {
  return props.troubles.map((trouble) => (
    <TroubleBanner key={keyOf(trouble)} trouble={trouble} {...props} />
  ));
}

const keyOf = (trouble: Trouble): string =>
  trouble.kind === "device"
    ? `device-${trouble.input}`
    : trouble.kind === "link_weak"
      ? `link-${trouble.id}`
      : trouble.kind;

function TroubleBanner({ trouble, ...props }: TroubleBannersProps & { readonly trouble: Trouble }) {
  const intl = useIntl();
  switch (trouble.kind) {
    case "reconnecting":
      return <Banner tone="warn">{intl.formatMessage({ id: "call.trouble.reconnecting" })}</Banner>;
    case "connecting":
      return <Banner tone="info">{intl.formatMessage({ id: "call.trouble.connecting" })}</Banner>;
    case "playback_blocked":
      return (
        <Banner
          tone="warn"
          actions={
            <Button size="small" onPress={props.onAllowPlayback}>
              {intl.formatMessage({ id: "call.trouble.playback.action" })}
            </Button>
          }
        >
          {intl.formatMessage({ id: "call.trouble.playback" })}
        </Banner>
      );
    case "not_started":
      return (
        <Banner
          tone="info"
          actions={
            <Button size="small" onPress={props.onStart}>
              {intl.formatMessage({ id: "call.trouble.not_started.action" })}
            </Button>
          }
        >
          {intl.formatMessage({ id: "call.trouble.not_started" })} {props.startFailed}
        </Banner>
      );
    case "device":
      return (
        <Banner
          tone="warn"
          actions={
            <Button size="small" onPress={props.onRetryDevices}>
              {intl.formatMessage({ id: "common.retry" })}
            </Button>
          }
        >
          {intl.formatMessage({ id: `call.trouble.${trouble.input}.${trouble.problem}` })}
        </Banner>
      );
    case "microphone_silent":
      return (
        <Banner
          tone="warn"
          actions={
            <Button size="small" onPress={props.onDevices}>
              {intl.formatMessage({ id: "call.bar.devices" })}
            </Button>
          }
        >
          {intl.formatMessage({ id: "call.trouble.microphone_silent" })}
        </Banner>
      );
    case "room_absent":
      return (
        <Banner tone="info">
          {intl.formatMessage(
            { id: "call.trouble.room_absent" },
            { name: <bdi key="name">{trouble.name}</bdi> },
          )}
        </Banner>
      );
    case "uplink_weak":
      return <Banner tone="warn">{intl.formatMessage({ id: "call.trouble.uplink_weak" })}</Banner>;
    case "link_weak":
      return (
        <Banner tone="warn">
          {intl.formatMessage(
            { id: "call.trouble.link_weak" },
            { name: <bdi key="name">{trouble.name}</bdi> },
          )}
        </Banner>
      );
    default:
      return trouble satisfies never;
  }
}
