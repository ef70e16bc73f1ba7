-- depends: 0003_programs

-- Whom staff work for. The operator itself is the nil id; it has no name but its profile's.
CREATE TABLE organisation (
    organisation uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('operator', 'association', 'library', 'club')),
    name text NOT NULL CHECK (char_length(name) <= 100),
    added_at timestamptz NOT NULL
);
INSERT INTO organisation
VALUES ('00000000-0000-0000-0000-000000000000', 'operator', '', '2026-01-01T00:00:00Z');

-- Who works for the operator or an organisation in it. A person who left keeps the row:
-- journals name its id.
CREATE TABLE staff (
    staff uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 60),
    password_hash text NOT NULL,
    added_at timestamptz NOT NULL,
    left_at timestamptz
);

-- One role at a time in each organisation; a role that ended stays, for the auditor.
CREATE TABLE staff_role (
    staff_role uuid PRIMARY KEY,
    staff uuid NOT NULL REFERENCES staff,
    organisation uuid NOT NULL REFERENCES organisation,
    role text NOT NULL CHECK (role IN ('officer', 'approver', 'treasurer', 'auditor', 'clerk',
        'registrar', 'administrator')),
    granted_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= granted_at)
);
CREATE UNIQUE INDEX staff_role_now ON staff_role (staff, organisation) WHERE ended_at IS NULL;

-- The secrets of authenticator apps, under a key that is not in the database. A new one is
-- pending until its first code was right; a code's step (30 s) is used once.
CREATE TABLE staff_totp (
    staff uuid PRIMARY KEY REFERENCES staff,
    secret bytea,
    confirmed_at timestamptz,
    pending bytea,
    last_step bigint NOT NULL CHECK (last_step >= 0),
    CHECK ((secret IS NULL) = (confirmed_at IS NULL))
);

-- HMACs of codes that stand in for a lost authenticator app, each once.
CREATE TABLE staff_recovery_code (
    staff uuid NOT NULL REFERENCES staff,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (staff, code_hash)
);

-- What one member of staff asked for and another must approve before it is done; it is done
-- as it was asked, or not at all.
CREATE TABLE two_person_request (
    request uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('role_change', 'holder_merge', 'holder_split',
        'program_change')),
    organisation uuid NOT NULL REFERENCES organisation,
    details text NOT NULL CHECK (char_length(details) <= 40000),
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 200),
    asked_by uuid NOT NULL REFERENCES staff,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > asked_at),
    decided_by uuid REFERENCES staff CHECK (decided_by <> asked_by),
    decided_at timestamptz CHECK (decided_at < expires_at),
    is_approved boolean,
    done_at timestamptz,
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (is_approved IS NULL)),
    CHECK (done_at IS NULL OR is_approved)
);
CREATE INDEX two_person_request_asked ON two_person_request (asked_at);

-- argon2id of an HMAC of the PIN: a copy of this table alone gives no PIN away.
CREATE TABLE resident_pin (
    subject uuid PRIMARY KEY,
    pin_hash text NOT NULL,
    chosen_at timestamptz NOT NULL
);

-- Passkeys (WebAuthn) of staff and of residents; a public key is no secret.
CREATE TABLE passkey (
    passkey bytea PRIMARY KEY CHECK (octet_length(passkey) BETWEEN 16 AND 1023),
    audience text NOT NULL CHECK (audience IN ('staff', 'resident')),
    owner uuid NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) <= 4096),
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    is_synced boolean NOT NULL,
    added_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX passkey_owner ON passkey (owner);

-- What a browser was asked to sign; the row goes with the first answer, right or wrong.
CREATE TABLE passkey_question (
    challenge bytea PRIMARY KEY CHECK (octet_length(challenge) = 32),
    browser bytea NOT NULL CHECK (octet_length(browser) = 32),
    audience text NOT NULL CHECK (audience IN ('staff', 'resident')),
    owner uuid,
    asked_at timestamptz NOT NULL
);

-- Who was sent to the provider of digital identities and has not come back. State, nonce and
-- PKCE verifier are derived from the browser's own secret; only hashes are here.
CREATE TABLE oidc_question (
    state_hash bytea PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    browser bytea NOT NULL CHECK (octet_length(browser) = 32),
    subject uuid,
    asked_at timestamptz NOT NULL
);

-- Which resident a provider's pairwise id (sub) is, as a keyed hash: one for one.
CREATE TABLE oidc_identity (
    identity bytea PRIMARY KEY CHECK (octet_length(identity) = 32),
    subject uuid NOT NULL UNIQUE,
    bound_at timestamptz NOT NULL
);

-- Only the SHA-256 of a session's token is here; what is sealed opens with the token alone.
-- A member of staff acts for one organisation at a time. is_from_counter: staff let this resident
-- in, who was there with their card.
CREATE TABLE session (
    session uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    audience text NOT NULL
        CHECK (audience IN ('staff', 'second_step', 'set_up', 'resident', 'first_use')),
    owner uuid NOT NULL,
    organisation uuid REFERENCES organisation,
    sealed bytea NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL CHECK (seen_at >= started_at),
    is_from_counter boolean NOT NULL CHECK (audience = 'resident' OR NOT is_from_counter),
    CHECK ((organisation IS NULL) = (audience <> 'staff'))
);
CREATE INDEX session_owner ON session (owner);
CREATE INDEX session_seen ON session (seen_at);

-- Failed sign-ins by account, by network and by secret; the key is an HMAC of what it counts.
CREATE TABLE sign_in_counter (
    counter bytea PRIMARY KEY CHECK (octet_length(counter) = 32),
    failures integer NOT NULL CHECK (failures >= 0),
    last_at timestamptz NOT NULL
);

-- One secret was tried so often that it may be one PIN over many cards: when, and not which.
CREATE TABLE sign_in_alarm (
    sign_in_alarm uuid PRIMARY KEY,
    raised_at timestamptz NOT NULL
);
CREATE INDEX sign_in_alarm_raised ON sign_in_alarm (raised_at);

GRANT SELECT, INSERT ON organisation TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (password_hash, left_at) ON staff TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (ended_at) ON staff_role TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_totp TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON staff_recovery_code TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (decided_by, decided_at, is_approved, done_at)
    ON two_person_request TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (chosen_at), DELETE ON resident_pin TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (sign_count, used_at), DELETE ON passkey TO ichimai_operator;
GRANT SELECT, INSERT, DELETE ON passkey_question, oidc_question, oidc_identity TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON session TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE (failures, last_at), DELETE ON sign_in_counter TO ichimai_operator;
GRANT SELECT, INSERT ON sign_in_alarm TO ichimai_operator;
GRANT SELECT ON organisation, staff_role, two_person_request, sign_in_alarm TO ichimai_auditor;
GRANT SELECT (staff, name, added_at, left_at) ON staff TO ichimai_auditor;
GRANT SELECT (staff, confirmed_at) ON staff_totp TO ichimai_auditor;
GRANT SELECT (staff, made_at, used_at) ON staff_recovery_code TO ichimai_auditor;
GRANT SELECT (subject, chosen_at) ON resident_pin TO ichimai_auditor;
GRANT SELECT (audience, owner, is_synced, added_at, used_at) ON passkey TO ichimai_auditor;
GRANT SELECT (subject, bound_at) ON oidc_identity TO ichimai_auditor;
GRANT SELECT (session, audience, owner, organisation, started_at, seen_at, is_from_counter)
    ON session TO ichimai_auditor;
