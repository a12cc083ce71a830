/** Short names for the server's types. The types themselves are generated. */

import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Device = Schemas["Device"];
export type DeviceNow = Schemas["DeviceNow"];
export type DeviceSession = Schemas["DeviceSession"];
export type IssuedInvitation = Schemas["Invitation"];
export type JoinToken = Schemas["JoinToken"];
export type LineCheck = Schemas["LineCheck"];
export type Me = Schemas["Me"];
export type NewParticipant = Schemas["NewParticipant"];
export type NewSession = Schemas["NewSession"];
export type Pairing = Schemas["Pairing"];
export type Person = Schemas["Person"];
export type Role = Schemas["Role"];
export type Room = Schemas["Room"];
export type RoomRef = Schemas["RoomRef"];
export type Session = Schemas["Session"];
export type SessionChange = Schemas["SessionChange"];
export type SessionKind = Schemas["SessionKind"];
export type SessionParticipant = Schemas["Participant"];
export type SessionState = Schemas["SessionState"];
export type Site = Schemas["Site"];
