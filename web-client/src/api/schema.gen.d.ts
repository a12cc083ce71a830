/** The HTTP API as types. Generated from its OpenAPI document; change the server, then generate. */

export interface paths {
    "/auth/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with e-mail and password. */
        post: operations["auth.sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs out. */
        post: operations["auth.sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/device/now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells a device the session that runs in its room, else the next one within the hour. */
        get: operations["devices.now"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the organisation's devices. */
        get: operations["devices.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts to pair a device. */
        post: operations["devices.pair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a device that shows a code its room. */
        post: operations["devices.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/pairings/{id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the device's cookie, once a coordinator has confirmed the code. */
        post: operations["devices.claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Shuts a device out: its cookie is worth nothing from now on. */
        delete: operations["devices.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invitations/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchanges the secret of a personal link for a cookie limited to its session. */
        post: operations["invitations.exchange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells who one is. */
        get: operations["auth.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows this document. */
        get: operations["meta.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the organisation's staff by name. */
        get: operations["people.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the rooms open to the caller's organisation. */
        get: operations["rooms.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/self-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the two tokens of a trial: one participant sends sound, the other hears it. */
        post: operations["self-tests.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists sessions by their start: a coordinator sees the organisation's, others their own. */
        get: operations["sessions.list"];
        put?: never;
        /** Books a session, unless its room or one of its people is taken. */
        post: operations["sessions.book"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a session. */
        get: operations["sessions.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes what is given and leaves the rest. */
        patch: operations["sessions.change"];
        trace?: never;
    };
    "/sessions/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Calls a session off before it started. Its room and people are free again. */
        post: operations["sessions.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a session: everybody is told, then its media closes. */
        post: operations["sessions.end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/join-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a token for the caller's place in the session's media, once the live room has let them in. */
        post: operations["sessions.join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/line-checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the newest result of each participant who has tried the line. */
        get: operations["line-checks.list"];
        put?: never;
        /** Keeps the result with the caller's place in the session; an older one is replaced. */
        post: operations["line-checks.keep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/participants/{participantId}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a new personal link for a participant. The older ones stop to work. */
        post: operations["sessions.invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a session. */
        post: operations["sessions.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the sites open to the caller's organisation. */
        get: operations["rooms.list_sites"];
        put?: never;
        post?: never;
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
        /** @description What was booked. */
        Booked: {
            /** @description The session. */
            session: components["schemas"]["Session"];
            /** @description A personal link for each participant. */
            invitations: components["schemas"]["Invitation"][];
        };
        /** @description Why. */
        Cancel: {
            /** @description The reason, for those who were invited. */
            reason: string;
        };
        /** @description What the device proves itself with. */
        Claim: {
            /** @description The secret it was given with the code. */
            secret: string;
        };
        /**
         * @description What a program may match on. A code never changes its meaning; new ones may be added.
         * @enum {string}
         */
        Code: "BadJson" | "Unauthenticated" | "BadCredentials" | "InvalidToken" | "TokenExpired" | "InvitationInvalid" | "InvitationExpired" | "PairingExpired" | "NotAllowed" | "BadOrigin" | "NotFound" | "UnknownCode" | "MethodNotAllowed" | "SlotTaken" | "WrongState" | "NotAdmitted" | "Stale" | "TooLarge" | "UnsupportedMediaType" | "Invalid" | "IdempotencyMismatch" | "IfMatchRequired" | "TooMany" | "Internal" | "Unavailable";
        /** @description Which device goes where. */
        Confirm: {
            /** @description The six digits on its screen; spaces and dashes do not matter. */
            code: string;
            /** @description Its room. */
            roomId: components["schemas"]["RoomId"];
            /** @description Its name, such as "Tablet 2". */
            name: string;
        };
        /** @description A device in a room. */
        Device: {
            /** @description Its id. */
            id: components["schemas"]["DeviceId"];
            /** @description Its name. */
            name: string;
            /** @description Where it stands. */
            room: components["schemas"]["RoomRef"];
            /** @description Whether it was heard of a moment ago. */
            online: boolean;
            /**
             * Format: date-time
             * @description When it was last heard of.
             */
            lastSeenAt: string | null;
        };
        /**
         * Format: uuid
         * @description A screen with camera that stands in a room.
         */
        DeviceId: string;
        /** @description What happens in a device's room. */
        DeviceNow: {
            /** @description The room. */
            room: components["schemas"]["RoomRef"];
            session: null | components["schemas"]["DeviceSession"];
        };
        /** @description A session as the room's device needs it. */
        DeviceSession: {
            /** @description Its id. */
            id: components["schemas"]["SessionId"];
            /** @description The device's place in it. */
            participantId: components["schemas"]["ParticipantId"];
            /** @description Where it stands. */
            state: components["schemas"]["SessionState"];
            /**
             * Format: date-time
             * @description Planned start.
             */
            startsAt: string;
            /**
             * Format: date-time
             * @description Planned end.
             */
            endsAt: string;
            /** @description The applicants' language, BCP 47. */
            language: string;
            /** @description The pseudonymous reference of the case or group. */
            reference: string;
        };
        /** @description What stood behind the `#` of the link. */
        Exchange: {
            /** @description The secret. */
            secret: string;
        };
        /** @description A field that broke a rule. */
        FieldError: {
            /** @description Where in the body, such as `participants/0/name`. */
            path: string;
            /** @description Which rule. */
            code: string;
            /** @description The rule, for a person. */
            detail: string;
        };
        /** @description A personal link. It is shown once: only its hash is kept. */
        Invitation: {
            /** @description Whose. */
            participantId: components["schemas"]["ParticipantId"];
            /** @description As what. */
            role: components["schemas"]["Role"];
            /** @description Under which name. */
            name: string;
            /** @description The link; the secret is behind the `#`, so no server ever logs it. */
            url: string;
        };
        /**
         * @description Where a participant's personal link stands.
         * @enum {string}
         */
        InvitationState: "none" | "sent" | "used" | "revoked";
        /** @description The key to a session's media. */
        JoinToken: {
            /** @description Where the media conversation is held. */
            url: string;
            /** @description The token; never to be put in a URL of a page. */
            token: string;
            /**
             * Format: date-time
             * @description Until when it opens the door.
             */
            expiresAt: string;
        };
        /** @description A participant's newest trial of the line. */
        LineCheck: {
            /** @description Whose line. */
            participantId: components["schemas"]["ParticipantId"];
            /**
             * Format: date-time
             * @description When it was tried.
             */
            at: string;
            /** @description What it means. */
            verdict: components["schemas"]["LineVerdict"];
            /** @description What came out. */
            result: components["schemas"]["LineResult"];
        };
        /**
         * @description Which way media takes.
         * @enum {string}
         */
        LinePath: "udp" | "tcp" | "relay" | "blocked";
        /** @description What a trial has shown. */
        LineResult: {
            /** @description Which way the media went. */
            path: components["schemas"]["LinePath"];
            /**
             * Format: int32
             * @description To the server and back.
             */
            roundTripMs: number;
            /** @description From the browser to the server. */
            up: components["schemas"]["Way"];
            /** @description From the server to the browser. */
            down: components["schemas"]["Way"];
        };
        /**
         * @description What it means.
         * @enum {string}
         */
        LineVerdict: "good" | "weak" | "blocked";
        /** @description Who one is. */
        Me: {
            /** @description What kind of caller. */
            kind: components["schemas"]["MeKind"];
            /**
             * Format: uuid
             * @description The id of the account, the participant or the device.
             */
            id: string;
            /** @description The name others see. */
            name: string;
            /** @description Whose staff, guest or device. */
            organisation: components["schemas"]["Organisation"];
            /** @description What a member of staff is; empty for others. */
            roles: components["schemas"]["StaffRole"][];
            /** @description The language of the user interface, BCP 47, where it is known. */
            language?: string;
            /** @description A guest's session. */
            sessionId?: components["schemas"]["SessionId"];
            /** @description A guest's place in it. */
            participantId?: components["schemas"]["ParticipantId"];
            /** @description A device's room. */
            room?: components["schemas"]["RoomRef"];
        };
        /**
         * @description What kind of caller.
         * @enum {string}
         */
        MeKind: "staff" | "guest" | "device";
        /** @description Somebody to take part: an account or a name. */
        NewParticipant: {
            /** @description As what. */
            role: components["schemas"]["Role"];
            userId?: null | components["schemas"]["UserId"];
            /** @description The name of somebody without an account. */
            name?: string | null;
        };
        /** @description What is to be booked. */
        NewSession: {
            /** @description What it is for. */
            kind: components["schemas"]["SessionKind"];
            /** @description The pseudonymous reference of the case or group; never a name. */
            reference: string;
            /**
             * Format: date-time
             * @description From when.
             */
            startsAt: string;
            /**
             * Format: date-time
             * @description Until when; at most 12 hours.
             */
            endsAt: string;
            /** @description Where. */
            roomId: components["schemas"]["RoomId"];
            /** @description The applicants' language, BCP 47. */
            language: string;
            /** @description Who; the room's device comes by itself. */
            participants: components["schemas"]["NewParticipant"][];
        };
        /** @description An organisation. */
        Organisation: {
            /** @description Its id. */
            id: components["schemas"]["OrganisationId"];
            /** @description Its name. */
            name: string;
        };
        /**
         * Format: uuid
         * @description A state's agency, UNHCR, IOM or an NGO; a wall that nothing but shared rooms crosses.
         */
        OrganisationId: string;
        /** @description A part of a list. */
        Page_Device: {
            /** @description The things. */
            items: {
                /** @description Its id. */
                id: components["schemas"]["DeviceId"];
                /** @description Its name. */
                name: string;
                /** @description Where it stands. */
                room: components["schemas"]["RoomRef"];
                /** @description Whether it was heard of a moment ago. */
                online: boolean;
                /**
                 * Format: date-time
                 * @description When it was last heard of.
                 */
                lastSeenAt: string | null;
            }[];
            /** @description Give it as `cursor` to get the next part; null at the end. */
            next: string | null;
        };
        /** @description A part of a list. */
        Page_Person: {
            /** @description The things. */
            items: {
                /** @description Their id. */
                id: components["schemas"]["UserId"];
                /** @description Their name. */
                name: string;
                /** @description What they are. */
                roles: components["schemas"]["StaffRole"][];
                /** @description What they speak, best first, BCP 47. */
                languages: string[];
            }[];
            /** @description Give it as `cursor` to get the next part; null at the end. */
            next: string | null;
        };
        /** @description A part of a list. */
        Page_Room: {
            /** @description The things. */
            items: {
                /** @description Its id. */
                id: components["schemas"]["RoomId"];
                /** @description Its name. */
                name: string;
                /**
                 * Format: int64
                 * @description How many people it seats.
                 */
                seats: number;
                /** @description Where it is. */
                site: components["schemas"]["Site"];
                device: null | components["schemas"]["RoomDevice"];
            }[];
            /** @description Give it as `cursor` to get the next part; null at the end. */
            next: string | null;
        };
        /** @description A part of a list. */
        Page_Session: {
            /** @description The things. */
            items: {
                /** @description Its id; also the media room's name. */
                id: components["schemas"]["SessionId"];
                /** @description What it is for. */
                kind: components["schemas"]["SessionKind"];
                /** @description Where it stands. */
                state: components["schemas"]["SessionState"];
                /** @description The pseudonymous reference of the case or group. */
                reference: string;
                /**
                 * Format: date-time
                 * @description Planned start.
                 */
                startsAt: string;
                /**
                 * Format: date-time
                 * @description Planned end.
                 */
                endsAt: string;
                /**
                 * Format: date-time
                 * @description When the lead started it.
                 */
                startedAt?: string;
                /**
                 * Format: date-time
                 * @description When it ended.
                 */
                endedAt?: string;
                /** @description Why it was called off. */
                cancelReason?: string;
                /** @description Where. */
                room: components["schemas"]["RoomRef"];
                /** @description The applicants' language, BCP 47. */
                language: string;
                /** @description Who, leading roles first. */
                participants: components["schemas"]["Participant"][];
                /**
                 * Format: int64
                 * @description Counts its changes; the `ETag`.
                 */
                version: number;
                /** @description Which of the participants the caller is. */
                mine?: components["schemas"]["ParticipantId"];
            }[];
            /** @description Give it as `cursor` to get the next part; null at the end. */
            next: string | null;
        };
        /** @description A part of a list. */
        Page_Site: {
            /** @description The things. */
            items: {
                /** @description Its id. */
                id: components["schemas"]["SiteId"];
                /** @description Its name. */
                name: string;
                /** @description Its IANA time zone. */
                timeZone: string;
            }[];
            /** @description Give it as `cursor` to get the next part; null at the end. */
            next: string | null;
        };
        /** @description A pairing that waits for a coordinator. */
        Pairing: {
            /** @description Its id. */
            pairingId: components["schemas"]["PairingId"];
            /** @description Six digits to show. */
            code: string;
            /**
             * Format: date-time
             * @description Until when they can be typed in.
             */
            expiresAt: string;
            /** @description What the device proves itself with; it never leaves it. */
            secret: string;
        };
        /**
         * Format: uuid
         * @description An attempt to pair a device.
         */
        PairingId: string;
        /** @description A place in a session. */
        Participant: {
            /** @description Its id; also the identity in the media conversation. */
            id: components["schemas"]["ParticipantId"];
            /** @description What they are here. */
            role: components["schemas"]["Role"];
            /** @description The name to show. */
            name: string;
            /** @description The account, where there is one. */
            userId?: components["schemas"]["UserId"];
            /** @description Where the personal link stands. */
            invitation: components["schemas"]["InvitationState"];
        };
        /**
         * Format: uuid
         * @description One person's or one room device's place in one session.
         */
        ParticipantId: string;
        /** @description Nobody has typed the code yet. */
        Pending: {
            /** @description Where the pairing stands. */
            state: components["schemas"]["PendingState"];
        };
        /**
         * @description Where a pairing stands that nobody confirmed.
         * @enum {string}
         */
        PendingState: "pending";
        /** @description A member of staff. */
        Person: {
            /** @description Their id. */
            id: components["schemas"]["UserId"];
            /** @description Their name. */
            name: string;
            /** @description What they are. */
            roles: components["schemas"]["StaffRole"][];
            /** @description What they speak, best first, BCP 47. */
            languages: string[];
        };
        /** @description The body of every error answer (RFC 9457). */
        Problem: {
            /** @description Names the kind of problem; ends with the code. */
            type: string;
            /** @description The kind of problem in a few words. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status, again.
             */
            status: number;
            /** @description What a program may match on; it never changes its meaning. */
            code: components["schemas"]["Code"];
            /** @description What happened here, for a person. */
            detail: string;
            /** @description What stands in the way. */
            resource?: components["schemas"]["Resource"];
            /** @description The fields that broke a rule. */
            errors?: components["schemas"]["FieldError"][];
        };
        /** @description A room or a person that stands in the way of a request. */
        Resource: {
            /** @description What it is. */
            kind: components["schemas"]["ResourceKind"];
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description What a slot is claimed of.
         * @enum {string}
         */
        ResourceKind: "room" | "person";
        /**
         * @description What a participant is in one session. Decides what the person may do there.
         * @enum {string}
         */
        Role: "lead_officer" | "officer" | "interpreter" | "room_device" | "guardian" | "legal_adviser" | "observer" | "supporter" | "trainer" | "peer";
        /** @description A room. */
        Room: {
            /** @description Its id. */
            id: components["schemas"]["RoomId"];
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description How many people it seats.
             */
            seats: number;
            /** @description Where it is. */
            site: components["schemas"]["Site"];
            device: null | components["schemas"]["RoomDevice"];
        };
        /** @description The device of a room. */
        RoomDevice: {
            /** @description Its id. */
            id: components["schemas"]["DeviceId"];
            /** @description Its name. */
            name: string;
            /** @description Whether it was heard of a moment ago. */
            online: boolean;
            /**
             * Format: date-time
             * @description When it was last heard of.
             */
            lastSeenAt: string | null;
        };
        /**
         * Format: uuid
         * @description A room of a site.
         */
        RoomId: string;
        /** @description A room, with what one needs to find it. */
        RoomRef: {
            /** @description Its id. */
            id: components["schemas"]["RoomId"];
            /** @description Its name. */
            name: string;
            /** @description Its site. */
            siteId: components["schemas"]["SiteId"];
            /** @description The site's name. */
            siteName: string;
            /** @description The site's IANA time zone. */
            timeZone: string;
        };
        /** @description A room for a trial of the line. */
        SelfTest: {
            /** @description Where the media conversation is held. */
            url: string;
            /** @description For the participant that sends. */
            senderToken: string;
            /** @description For the participant that hears. */
            listenerToken: string;
            /**
             * Format: date-time
             * @description Until when the tokens open the door.
             */
            expiresAt: string;
        };
        /** @description A booked session. */
        Session: {
            /** @description Its id; also the media room's name. */
            id: components["schemas"]["SessionId"];
            /** @description What it is for. */
            kind: components["schemas"]["SessionKind"];
            /** @description Where it stands. */
            state: components["schemas"]["SessionState"];
            /** @description The pseudonymous reference of the case or group. */
            reference: string;
            /**
             * Format: date-time
             * @description Planned start.
             */
            startsAt: string;
            /**
             * Format: date-time
             * @description Planned end.
             */
            endsAt: string;
            /**
             * Format: date-time
             * @description When the lead started it.
             */
            startedAt?: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            endedAt?: string;
            /** @description Why it was called off. */
            cancelReason?: string;
            /** @description Where. */
            room: components["schemas"]["RoomRef"];
            /** @description The applicants' language, BCP 47. */
            language: string;
            /** @description Who, leading roles first. */
            participants: components["schemas"]["Participant"][];
            /**
             * Format: int64
             * @description Counts its changes; the `ETag`.
             */
            version: number;
            /** @description Which of the participants the caller is. */
            mine?: components["schemas"]["ParticipantId"];
        };
        /** @description What is to be changed. */
        SessionChange: {
            /**
             * Format: date-time
             * @description A new start.
             */
            startsAt?: string | null;
            /**
             * Format: date-time
             * @description A new end.
             */
            endsAt?: string | null;
            roomId?: null | components["schemas"]["RoomId"];
            /** @description Another language, BCP 47. */
            language?: string | null;
            /** @description Another reference. */
            reference?: string | null;
        };
        /**
         * Format: uuid
         * @description A booked session.
         */
        SessionId: string;
        /**
         * @description What a session is for.
         * @enum {string}
         */
        SessionKind: "interview" | "orientation" | "peer_call" | "rehearsal";
        /**
         * @description Where a session stands. Only forward: planned, then live, then ended; or planned, then cancelled.
         * @enum {string}
         */
        SessionState: "planned" | "live" | "ended" | "cancelled";
        /** @description E-mail and password. */
        SignIn: {
            /** @description The e-mail of the account. */
            email: string;
            /** @description Its password. */
            password: string;
        };
        /** @description A place with rooms. */
        Site: {
            /** @description Its id. */
            id: components["schemas"]["SiteId"];
            /** @description Its name. */
            name: string;
            /** @description Its IANA time zone. */
            timeZone: string;
        };
        /**
         * Format: uuid
         * @description A place with rooms, such as a transit centre.
         */
        SiteId: string;
        /**
         * @description What a member of staff is in their organisation. One person may be several.
         * @enum {string}
         */
        StaffRole: "coordinator" | "officer" | "interpreter" | "trainer" | "admin";
        /**
         * Format: uuid
         * @description A member of an organisation's staff.
         */
        UserId: string;
        /** @description One direction of a line. */
        Way: {
            /**
             * Format: int32
             * @description Of a thousand packets, how many were lost.
             */
            lostPerMille: number;
            /**
             * Format: int32
             * @description How unevenly they arrived.
             */
            jitterMs: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "auth.sign_in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in; the cookie `bega` is set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.sign_out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out; the cookie is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceNow"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Device"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.pair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pairing"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.confirm": {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request harmless */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.claim": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pairing */
                id: components["schemas"]["PairingId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Claim"];
            };
        };
        responses: {
            /** @description Paired; the cookie `bega-device` is set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Nobody has typed the code yet */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pending"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: components["schemas"]["DeviceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Shut out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "invitations.exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Exchange"];
            };
        };
        responses: {
            /** @description The cookie `bega-<participant id>` is set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "auth.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "meta.show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The OpenAPI document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "people.list": {
        parameters: {
            query?: {
                /** @description Only those who are this. */
                role?: components["schemas"]["StaffRole"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Person"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rooms.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Room"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "self-tests.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SelfTest"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.list": {
        parameters: {
            query?: {
                /** @description Those that end after this. */
                from?: string;
                /** @description Those that start before this. */
                to?: string;
                /** @description The `next` of the page before. */
                cursor?: string;
                /** @description How many; 50 unless said otherwise. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.book": {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request harmless */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description The session's version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Booked"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.change": {
        parameters: {
            query?: never;
            header: {
                /** @description The version that is changed, from `ETag` */
                "If-Match": string;
            };
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its new version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Cancel"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.end": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.join": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinToken"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "line-checks.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineCheck"][];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "line-checks.keep": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LineResult"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineCheck"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.invite": {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes a repeated request harmless */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
                /** @description The participant */
                participantId: components["schemas"]["ParticipantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "sessions.start": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rooms.list_sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Site"];
                };
            };
            /** @description A problem; `code` says which. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
