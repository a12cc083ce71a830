-- The nouns of the platform. Runs on SQLite and on PostgreSQL.
--
-- Ids are UUIDv7 as text, instants are UTC milliseconds, hashes are lower-case hexadecimal, lists
-- are JSON text. `organisation_id` stands in every row that belongs to one organisation, so that
-- every statement can name the wall it stays behind.

CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    roles TEXT NOT NULL,
    languages TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE INDEX users_of_organisation ON users (organisation_id, name);

-- A site is kept by one organisation and open to those in site_access.
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    keeper_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE site_access (
    site_id TEXT NOT NULL REFERENCES sites (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (site_id, organisation_id)
);

CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    seats BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (site_id, name)
);

-- A device stands in a room and serves whichever organisation has booked it.
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    room_id TEXT NOT NULL REFERENCES rooms (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX devices_one_per_room ON devices (room_id) WHERE revoked_at IS NULL;

CREATE TABLE pairings (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    device_id TEXT REFERENCES devices (id),
    claimed_at BIGINT
);
CREATE UNIQUE INDEX pairings_open_code ON pairings (code) WHERE device_id IS NULL;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reference TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    cancelled_at BIGINT,
    cancel_reason TEXT,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX sessions_calendar ON sessions (organisation_id, starts_at, id);
CREATE INDEX sessions_of_room ON sessions (room_id, ends_at);

CREATE TABLE participants (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    position BIGINT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    UNIQUE (session_id, position),
    UNIQUE (session_id, user_id)
);
CREATE INDEX participants_of_user ON participants (user_id, session_id);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    participant_id TEXT NOT NULL REFERENCES participants (id),
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX invitations_one_per_participant ON invitations (participant_id)
    WHERE revoked_at IS NULL;

-- What a cookie stands for: a member of staff, a guest of one session, or a device.
CREATE TABLE web_sessions (
    cookie_hash TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    session_id TEXT REFERENCES sessions (id),
    participant_id TEXT REFERENCES participants (id),
    device_id TEXT REFERENCES devices (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX web_sessions_of_user ON web_sessions (user_id);
CREATE INDEX web_sessions_of_participant ON web_sessions (participant_id);
CREATE INDEX web_sessions_of_session ON web_sessions (session_id);
CREATE INDEX web_sessions_of_device ON web_sessions (device_id);

-- No double booking is this primary key: one session to a resource and five minutes.
CREATE TABLE slot_claims (
    resource TEXT NOT NULL,
    slot BIGINT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    PRIMARY KEY (resource, slot)
);
CREATE INDEX slot_claims_of_session ON slot_claims (session_id);

-- The last number and hash of each organisation's chain; its row is the lock of the chain.
CREATE TABLE audit_heads (
    organisation_id TEXT PRIMARY KEY REFERENCES organisations (id),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE audit_entries (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (organisation_id, number)
);

-- What a create with this key has made, so that repeating the request makes nothing new.
CREATE TABLE idempotency_keys (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, actor, key)
);

-- What happened in a live session, in order.
CREATE TABLE timeline_entries (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    participant_id TEXT REFERENCES participants (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, number)
);

-- Who has been let in, so that nobody waits again after a restart.
CREATE TABLE admissions (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    participant_id TEXT NOT NULL REFERENCES participants (id),
    admitted_at BIGINT NOT NULL,
    admitted_by TEXT REFERENCES participants (id),
    withdrawn_at BIGINT,
    PRIMARY KEY (session_id, participant_id)
);
