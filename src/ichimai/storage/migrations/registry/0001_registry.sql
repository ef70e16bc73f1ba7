-- The registry: which credential is whose, and by which pairwise subject each sector knows a
-- holder. No name, address, birth date, balance or book; no number in the clear.
--
-- It will be spread over machines by key (Citus). So each table names its distribution column,
-- every unique key contains that column, and a foreign key only joins tables with the same one.

-- Notices that the key in use is not the one the numbers below were hashed with.
-- Citus: a reference table, one row.
CREATE TABLE key_check (
    is_key boolean PRIMARY KEY CHECK (is_key),
    digest bytea   NOT NULL CHECK (length(digest) = 32)
);

-- Citus: by id.
CREATE TABLE holder (
    id         uuid        PRIMARY KEY,
    created_at timestamptz NOT NULL
);

-- Citus: by number_hash, which is HMAC-SHA-256 of the credential's number with the registry's
-- key. The holder is in the table of another key, so it is no foreign key; holders are never
-- deleted.
CREATE TABLE credential (
    number_hash bytea       PRIMARY KEY CHECK (length(number_hash) = 32),
    id          uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('printed_qr')),
    holder      uuid        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('active', 'stopped')),
    issued_at   timestamptz NOT NULL,
    stopped_at  timestamptz,
    CHECK ((status = 'stopped') = (stopped_at IS NOT NULL))
);
CREATE INDEX credential_by_holder ON credential (holder);

-- One subject a holder and sector. Citus: by holder, beside the table holder.
CREATE TABLE subject (
    holder     uuid        NOT NULL REFERENCES holder (id),
    sector     text        NOT NULL CHECK (sector <> ''),
    subject    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (holder, sector)
);

-- The same the other way: one holder a subject, whatever the sector. Citus: by subject.
CREATE TABLE holder_of_subject (
    subject uuid PRIMARY KEY,
    sector  text NOT NULL,
    holder  uuid NOT NULL
);

GRANT SELECT, INSERT ON key_check, holder, credential, subject, holder_of_subject
    TO ichimai_registry;
GRANT UPDATE (status, stopped_at) ON credential TO ichimai_registry;
