-- What a participant's newest trial of the line has shown: one to a participant.
CREATE TABLE line_checks (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    participant_id TEXT NOT NULL REFERENCES participants (id),
    at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (session_id, participant_id)
);
