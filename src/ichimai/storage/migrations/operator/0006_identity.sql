-- depends: 0005_settlement

-- Who is in front of us now, and by which numbers services know the people.

-- A nonce that a card signs, once. A row that is gone was used.
CREATE TABLE challenge (
    id         uuid        PRIMARY KEY,
    place      uuid        NOT NULL,
    nonce      bytea       NOT NULL CHECK (length(nonce) = 32),
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenge_by_end ON challenge (expires_at);

-- The last tap at each place: a terminal, or the session of a member of staff. The next tap
-- takes its row, so that no token of the person before is good for anything any more.
-- A visit is a row of taps of one card at one place.
CREATE TABLE tap (
    place      uuid        PRIMARY KEY,
    is_counter boolean     NOT NULL,
    id         uuid        NOT NULL,
    token_hash bytea       NOT NULL CHECK (length(token_hash) = 32),
    visit      uuid        NOT NULL,
    reference  uuid        NOT NULL,
    subject    uuid,
    kind       text        NOT NULL,
    assurance  text        NOT NULL,
    made_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL CHECK (seen_at >= made_at),
    ended_at   timestamptz CHECK (ended_at >= made_at)
) WITH (fillfactor = 70);

-- Taps that paid: each for one operation, for ever. Only the SHA-256 of the token is here.
CREATE TABLE tap_payment (
    token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
    operation  uuid        NOT NULL,
    reference  uuid        NOT NULL,
    subject    uuid,
    kind       text        NOT NULL,
    assurance  text        NOT NULL,
    taken_at   timestamptz NOT NULL
);

-- The newest code of each phone that was taken, and for what: no code is taken twice.
CREATE TABLE phone_step (
    reference uuid        PRIMARY KEY,
    step      bigint      NOT NULL CHECK (step >= 0),
    operation uuid        NOT NULL,
    taken_at  timestamptz NOT NULL
) WITH (fillfactor = 70);

-- Until when a phone is new, to the hour (the instant would be the same in every sector), and pays little
-- wallet. The second table is there to be locked: payments of a person's new phones come one
-- after the other.
CREATE TABLE phone_start (
    reference uuid        PRIMARY KEY,
    wallet    uuid        NOT NULL,
    free_at   timestamptz NOT NULL
);
CREATE INDEX phone_start_by_wallet ON phone_start (wallet);
CREATE TABLE phone_owner (
    wallet   uuid        PRIMARY KEY,
    asked_at timestamptz NOT NULL
);

-- What the operator lets cards do.
CREATE TABLE identity_terms (
    is_terms   boolean     PRIMARY KEY CHECK (is_terms),
    terms      jsonb       NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Something a person uses a card for, with numbers of its own.
CREATE TABLE service (
    code       text        PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9-]{1,39}$'),
    terms      jsonb       NOT NULL,
    changed_at timestamptz NOT NULL
);

-- A person's number at a service: sealed with the service's key, and hashed to be compared.
-- What a link is now, from the journal below.
CREATE TABLE link (
    id            uuid        PRIMARY KEY,
    service       text        NOT NULL REFERENCES service (code),
    subject       uuid        NOT NULL,
    reference     uuid        NOT NULL,
    visit         uuid        NOT NULL,
    tap           uuid        NOT NULL,
    number_hash   bytea       NOT NULL CHECK (length(number_hash) = 32),
    number_sealed bytea       NOT NULL,
    asked_at      timestamptz NOT NULL,
    state         text        NOT NULL CHECK (state IN ('pending', 'active', 'frozen', 'ended')),
    -- Of a person who was erased, no number is kept.
    CHECK (state = 'ended' OR length(number_sealed) > 0)
);
CREATE UNIQUE INDEX link_once_a_number ON link (service, number_hash) WHERE state = 'active';
CREATE UNIQUE INDEX link_once_a_person ON link (service, subject) WHERE state = 'active';
CREATE INDEX link_by_number ON link (service, number_hash) WHERE state <> 'ended';
CREATE INDEX link_by_person ON link (subject, service);

CREATE TABLE link_event (
    link      uuid        NOT NULL REFERENCES link (id),
    entry     integer     NOT NULL CHECK (entry > 0),
    state     text        NOT NULL CHECK (state IN ('pending', 'active', 'frozen', 'ended')),
    cause     text        NOT NULL,
    place     uuid        NOT NULL,
    staff     uuid,
    assurance text,
    at        timestamptz NOT NULL,
    PRIMARY KEY (link, entry)
);

-- One number turned up on two people: both links were frozen, and somebody must look.
CREATE TABLE link_alarm (
    id        uuid        PRIMARY KEY,
    service   text        NOT NULL,
    links     uuid[]      NOT NULL CHECK (cardinality(links) >= 2),
    raised_at timestamptz NOT NULL
);
CREATE INDEX link_alarm_by_time ON link_alarm (raised_at);

-- Stops are asked for from a place in the order on.
CREATE INDEX credential_stop_by_number ON credential_stop (after_number);

GRANT SELECT, INSERT, DELETE ON challenge TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON tap TO ichimai_operator;
GRANT SELECT, INSERT ON tap_payment, phone_step, phone_start, phone_owner, link, link_event,
    link_alarm TO ichimai_operator;
GRANT UPDATE (free_at) ON phone_start TO ichimai_operator;
GRANT UPDATE (asked_at) ON phone_owner TO ichimai_operator;
GRANT UPDATE (step, operation, taken_at) ON phone_step TO ichimai_operator;
GRANT SELECT, INSERT, UPDATE ON identity_terms TO ichimai_operator;
GRANT SELECT, INSERT ON service TO ichimai_operator;
GRANT UPDATE (terms, changed_at) ON service TO ichimai_operator;
GRANT UPDATE (state, number_sealed) ON link TO ichimai_operator;
GRANT SELECT ON phone_step, phone_start, phone_owner, identity_terms, service, link_event, link_alarm TO ichimai_auditor;
GRANT SELECT (operation, reference, subject, kind, assurance, taken_at) ON tap_payment
    TO ichimai_auditor;
GRANT SELECT (place, is_counter, visit, reference, subject, kind, assurance, made_at, seen_at,
    ended_at) ON tap TO ichimai_auditor;
GRANT SELECT (id, service, subject, reference, visit, tap, asked_at, state) ON link
    TO ichimai_auditor;
