/** The HTTP API as types, in the form openapi-typescript writes. */

export interface paths {
    "/auth/sign-in": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody: { content: { "application/json": components["schemas"]["SignIn"] } };
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Me"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sign-out": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                204: { headers: { [name: string]: unknown }; content?: never };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Me"] } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invitations/exchange": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody: { content: { "application/json": { secret: string } } };
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Me"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody: { content: { "application/json": Record<string, never> } };
            responses: {
                201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Pairing"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings/{id}/claim": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody: { content: { "application/json": { secret: string } } };
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Me"] } };
                202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["PairingPending"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings/confirm": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody: { content: { "application/json": { code: string; roomId: string; name: string } } };
            responses: {
                201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Device"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["Device"][]; next: string | null } } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/{id}": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        delete: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody?: never;
            responses: {
                204: { headers: { [name: string]: unknown }; content?: never };
            };
        };
        get?: never;
        put?: never;
        post?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/device/now": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["DeviceNow"] } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["Site"][]; next: string | null } } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["Room"][]; next: string | null } } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/people": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: { role?: string }; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components["schemas"]["Person"][]; next: string | null } } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: { from?: string; to?: string; cursor?: string; limit?: number }; header?: never; path?: never; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Page_Session"] } };
            };
        };
        post: {
            parameters: { query?: never; header?: never; path?: never; cookie?: never };
            requestBody: { content: { "application/json": components["schemas"]["NewSession"] } };
            responses: {
                201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Booked"] } };
            };
        };
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Session"] } };
            };
        };
        patch: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody: { content: { "application/json": components["schemas"]["SessionChange"] } };
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Session"] } };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        trace?: never;
    };
    "/sessions/{id}/cancel": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody: { content: { "application/json": { reason: string } } };
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Session"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/start": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Session"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/end": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Session"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/participants/{participantId}/invitation": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string; participantId: string }; cookie?: never };
            requestBody?: never;
            responses: {
                201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Invitation"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/join-token": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        post: {
            parameters: { query?: never; header?: never; path: { id: string }; cookie?: never };
            requestBody?: never;
            responses: {
                200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["JoinToken"] } };
            };
        };
        get?: never;
        put?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Me: {
            kind: "staff" | "guest" | "device";
            id: string;
            name: string;
            organisation: components["schemas"]["Organisation"];
            roles: components["schemas"]["StaffRole"][];
            language?: string;
            sessionId?: string;
            participantId?: string;
            room?: components["schemas"]["RoomRef"];
        };
        Organisation: { id: string; name: string };
        /** @enum {string} */
        StaffRole: "coordinator" | "officer" | "interpreter" | "trainer" | "admin";
                Site: { id: string; name: string; timeZone: string };
        RoomRef: { id: string; name: string; siteId: string; siteName: string; timeZone: string };
        RoomDevice: { id: string; name: string; online: boolean; lastSeenAt: string | null };
        Room: {
            id: string;
            name: string;
            seats: number;
            site: components["schemas"]["Site"];
            device: components["schemas"]["RoomDevice"] | null;
        };
        Device: {
            id: string;
            name: string;
            room: components["schemas"]["RoomRef"];
            online: boolean;
            lastSeenAt: string | null;
        };
        DeviceSession: {
            id: string;
            participantId: string;
            state: components["schemas"]["SessionState"];
            startsAt: string;
            endsAt: string;
            language: string;
            reference: string;
        };
        DeviceNow: {
            room: components["schemas"]["RoomRef"];
            session: components["schemas"]["DeviceSession"] | null;
        };
        Pairing: { pairingId: string; code: string; expiresAt: string; secret: string };
        PairingPending: { state: "pending" };
        Person: { id: string; name: string; roles: components["schemas"]["StaffRole"][]; languages: string[] };
        /** @enum {string} */
        Role: "lead_officer" | "officer" | "interpreter" | "room_device" | "guardian" | "legal_adviser" | "observer" | "supporter" | "trainer" | "peer";
        /** @enum {string} */
        SessionKind: "interview" | "orientation" | "peer_call" | "rehearsal";
        /** @enum {string} */
        SessionState: "planned" | "live" | "ended" | "cancelled";
        Participant: {
            id: string;
            role: components["schemas"]["Role"];
            name: string;
            userId?: string | null;
            invitation: "none" | "sent" | "used" | "revoked";
        };
        Session: {
            id: string;
            kind: components["schemas"]["SessionKind"];
            state: components["schemas"]["SessionState"];
            reference: string;
            startsAt: string;
            endsAt: string;
            startedAt?: string;
            endedAt?: string;
            cancelReason?: string;
            room: components["schemas"]["RoomRef"];
            language: string;
            participants: components["schemas"]["Participant"][];
            version: number;
            mine?: string;
        };
        Page_Session: { items: components["schemas"]["Session"][]; next: string | null };
        NewParticipant: { role: components["schemas"]["Role"]; userId?: string | null; name?: string | null };
        NewSession: {
            kind: components["schemas"]["SessionKind"];
            reference: string;
            startsAt: string;
            endsAt: string;
            roomId: string;
            language: string;
            participants: components["schemas"]["NewParticipant"][];
        };
        SessionChange: {
            startsAt?: string | null;
            endsAt?: string | null;
            roomId?: string | null;
            language?: string | null;
            reference?: string | null;
        };
        Invitation: {
            participantId: string;
            role: components["schemas"]["Role"];
            name: string;
            url: string;
        };
        Booked: {
            session: components["schemas"]["Session"];
            invitations: components["schemas"]["Invitation"][];
        };
        JoinToken: { url: string; token: string; expiresAt: string };
        SignIn: { email: string; password: string };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
