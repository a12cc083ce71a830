/** What is wrong with camera or microphone, and what to do about it. */

import { useIntl } from "react-intl";
import type { Capture } from "../media/capture";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { useStore } from "../ui/use-store";

export function DeviceTroubles({ capture }: { readonly capture: Capture }) {
  const intl = useIntl();
  const { camera, microphone } = useStore(capture);
  const retry = (
    <Button size="small" onPress={() => void capture.retry()}>
      {intl.formatMessage({ id: "common.retry" })}
    </Button>
  );
  if (camera.problem !== null && camera.problem === microphone.problem) {
    return (
      <Banner tone="warn" actions={retry}>
        {intl.formatMessage({ id: `call.trouble.both.${camera.problem}` })}
      </Banner>
    );
  }
  return (
    <>
      {microphone.problem !== null && (
        <Banner tone="warn" actions={retry}>
          {intl.formatMessage({ id: `call.trouble.microphone.${microphone.problem}` })}
        </Banner>
      )}
      {camera.problem !== null && (
        <Banner tone="warn" actions={retry}>
          {intl.formatMessage({ id: `call.trouble.camera.${camera.problem}` })}
        </Banner>
      )}
    </>
  );
}
