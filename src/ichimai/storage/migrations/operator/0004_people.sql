-- depends: 0003_programs

-- Who works for the operator. A person who left keeps the row: journals name its id.
CREATE TABLE staff (
    staff uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 60),
    role text NOT NULL CHECK (role IN ('officer', 'approver', 'treasurer', 'auditor')),
    password_hash text NOT NULL,
    added_at timestamptz NOT NULL,
    left_at timestamptz
);

-- argon2id of an HMAC of the PIN: a copy of this table alone gives no PIN away.
CREATE TABLE resident_pin (
    subject uuid PRIMARY KEY,
    pin_hash text NOT NULL,
    chosen_at timestamptz NOT NULL
);

-- Only the SHA-256 of a session's token is here; what is sealed opens with the token alone.
CREATE TABLE session (
    session uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    audience text NOT NULL CHECK (audience IN ('staff', 'resident', 'first_use')),
    owner uuid NOT NULL,
    sealed bytea NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL CHECK (seen_at >= started_at)
);
CREATE INDEX session_owner ON session (owner);
CREATE INDEX session_seen ON session (seen_at);

-- Failed sign-ins by account, by network and by secret; the key is an HMAC of what it counts.
CREATE TABLE sign_in_counter (
    counter bytea PRIMARY KEY CHECK (octet_length(counter) = 32),
    failures integer NOT NULL CHECK (failures >= 0),
    last_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE (role, password_hash, left_at) ON staff TO ichimai_operator;
GRANT SELECT, INSERT, DELETE ON resident_pin TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON session TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (failures, last_at), DELETE ON sign_in_counter TO ichimai_operator;
GRANT SELECT (staff, name, role, added_at, left_at) ON staff TO ichimai_auditor;
GRANT SELECT (subject, chosen_at) ON resident_pin TO ichimai_auditor;
GRANT SELECT (session, audience, owner, started_at, seen_at) ON session TO ichimai_auditor;
