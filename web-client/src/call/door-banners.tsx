/** Who is at the door, over the stage, for those who may let them in. */

import { useIntl } from "react-intl";
import type { Participant } from "../signaling/protocol.gen";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";

interface DoorBannersProps {
  readonly waiting: readonly Participant[];
  readonly onAdmit: (participant: Participant) => void;
  readonly onRefuse: (participant: Participant) => void;
}

export function DoorBanners({ waiting, onAdmit, onRefuse }: DoorBannersProps) {
  const intl = useIntl();
  return waiting.map((who) => (
    <div key={who.id} data-testid="door" data-participant-waiting={who.id}>
      <Banner
        tone="info"
        actions={
          <>
            <Button size="small" variant="primary" onPress={() => onAdmit(who)}>
              {intl.formatMessage({ id: "call.people.admit" })}
            </Button>
            <Button size="small" onPress={() => onRefuse(who)}>
              {intl.formatMessage({ id: "call.people.refuse" })}
            </Button>
          </>
        }
      >
        {intl.formatMessage(
          { id: "call.door.waiting" },
          {
            name: <bdi key="name">{who.name}</bdi>,
            role: intl.formatMessage({ id: `call.role.${who.role}` }),
          },
        )}
      </Banner>
    </div>
  ));
}
