/** Who is shown large. */

import { expect, test } from "vitest";
import type { LiveKnowledge } from "../signaling/live-state";
import type { Participant, Presence, Role } from "../signaling/protocol.gen";
import { arrange } from "./stage";

function who(id: string, role: Role, presence: Presence = "present"): Participant {
  return { id, name: id, role, presence, mayAdmit: false };
}

function known(...participants: Participant[]): LiveKnowledge {
  return { you: "me", participants } as unknown as LiveKnowledge;
}

const me = who("me", "lead_officer");

test("the room is large and the interpreter first beside it", () => {
  const { large, strip } = arrange(
    known(me, who("o", "observer"), who("i", "interpreter"), who("r", "room_device")),
    null,
  );
  expect(large?.id).toBe("r");
  expect(strip.map((participant) => participant.id)).toEqual(["i", "o"]);
});

test("a room that is awaited keeps its place; others who are absent have none", () => {
  const { large, strip } = arrange(
    known(me, who("r", "room_device", "absent"), who("i", "interpreter", "waiting")),
    null,
  );
  expect(large?.id).toBe("r");
  expect(strip).toEqual([]);
});

test("whom the viewer chose is large until they leave", () => {
  const room = who("r", "room_device");
  expect(arrange(known(me, room, who("i", "interpreter")), "i").large?.id).toBe("i");
  expect(arrange(known(me, room, who("i", "interpreter", "absent")), "i").large?.id).toBe("r");
});

test("alone, nobody is large", () => {
  expect(arrange(known(me), null)).toEqual({ large: null, strip: [] });
});
