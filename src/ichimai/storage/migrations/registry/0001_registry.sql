-- The registry: which credential is whose, and by which pairwise subject each sector knows a
-- holder. No name, address, birth date, balance or book; no number in the clear.
--
-- It will be spread over machines by key (Citus). So each table names its distribution column,
-- every unique key contains that column, no column of distribution is ever updated, and a
-- foreign key only joins tables with the same one. Rows are locked one key at a time.

-- Notices that the key in use is not the one the numbers below were hashed with, and tells how
-- far a change of it has come: numbers hashed up to rewritten_to are of the present generation;
-- null: all are. Who writes credentials holds this row FOR SHARE, so that none is written with
-- a key that has just been left behind. Citus: a reference table, one row.
CREATE TABLE key_check (
    is_key         boolean  PRIMARY KEY CHECK (is_key),
    digest         bytea    NOT NULL CHECK (length(digest) = 32),
    generation     smallint NOT NULL CHECK (generation >= 0),
    numbers_digest bytea    NOT NULL CHECK (length(numbers_digest) = 32),
    rewritten_to   bytea
);

-- changes: the number of the newest change below; only there so that a row can be locked.
-- Citus: by id.
CREATE TABLE holder (
    id         uuid        PRIMARY KEY,
    created_at timestamptz NOT NULL,
    changes    integer     NOT NULL DEFAULT 0 CHECK (changes >= 0)
);

-- The journal: who was found to be one person with whom, and which of these findings was taken
-- back (the same id again, as a split). Numbers grow along all changes of the same people.
-- Citus: by id.
CREATE TABLE holder_change (
    id      uuid        NOT NULL,
    kind    text        NOT NULL CHECK (kind IN ('merge', 'split')),
    number  integer     NOT NULL CHECK (number > 0),
    kept    uuid        NOT NULL,
    merged  uuid        NOT NULL,
    made_by uuid        NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (id, kind),
    CHECK (kept <> merged)
);

-- What each change made of a holder: from then on, all members are one person, and the first of
-- them that has a subject in a sector is who that person is there. The newest row holds; without
-- one a holder is a person by itself. Inserted only. Citus: by holder, beside the table holder.
CREATE TABLE holder_group (
    holder  uuid    NOT NULL REFERENCES holder (id),
    number  integer NOT NULL CHECK (number > 0),
    change  uuid    NOT NULL,
    members uuid[]  NOT NULL,
    PRIMARY KEY (holder, number),
    CHECK (holder = ANY (members))
);

-- Issuers of numbers of one kind, whose numbers may overlap, and what their numbers look like.
-- The name is in the numbers' hashes: it never changes. retired_at: none of its cards is
-- accepted from then on. Citus: a reference table.
CREATE TABLE scheme (
    name        text PRIMARY KEY,
    sector      text NOT NULL CHECK (sector <> ''),
    kind        text NOT NULL,
    symbology   text NOT NULL,
    check_rule  text NOT NULL,
    size        smallint,
    prefix      text NOT NULL,
    frame       text NOT NULL,
    retired_at  timestamptz
);

-- Citus: by number_hash, an HMAC of kind, scheme and number with a key that is not in the
-- database, and over it one with each key that came later (generation counts them). The holder is
-- in the table of another key, so it is no foreign key; holders are never deleted. That a holder
-- has one live certificate of a kind is held by locking the holder.
CREATE TABLE credential (
    number_hash bytea       PRIMARY KEY CHECK (length(number_hash) = 32),
    id          uuid        NOT NULL,
    holder      uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('my_number_card', 'phone_certificate',
                                'felica', 'old_card', 'mykey_id', 'printed_qr', 'phone')),
    scheme      text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('active', 'stopped', 'replaced')),
    generation  smallint    NOT NULL CHECK (generation >= 0),
    issued_at   timestamptz NOT NULL,
    valid_until timestamptz,
    stopped_at  timestamptz,
    replaced_by uuid,
    public_key  bytea,
    CHECK ((status = 'active') = (stopped_at IS NULL)),
    CHECK (status <> 'active' OR replaced_by IS NULL),
    CHECK (status <> 'replaced' OR replaced_by IS NOT NULL),
    CHECK ((kind = 'phone') = (public_key IS NOT NULL)),
    -- Printed cards do not end by themselves, so that asking for one needs no clock.
    CHECK (kind <> 'printed_qr' OR (valid_until IS NULL AND scheme = ''))
);
CREATE INDEX credential_by_holder ON credential (holder);
-- Few have one: asked once a phone, when it is added.
CREATE INDEX credential_by_public_key ON credential (public_key) WHERE public_key IS NOT NULL;

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

GRANT SELECT, INSERT ON key_check, holder, holder_change, holder_group, scheme, credential,
    subject, holder_of_subject TO ichimai_registry;
GRANT UPDATE (status, stopped_at, replaced_by) ON credential TO ichimai_registry;
GRANT UPDATE (changes) ON holder TO ichimai_registry;
GRANT UPDATE (retired_at) ON scheme TO ichimai_registry;
-- It can only ever be true: this is the right to lock the row.
GRANT UPDATE (is_key) ON key_check TO ichimai_registry;

-- Changing the key puts new hashes in the place of the old; nobody else may take a row away.
GRANT SELECT, INSERT, DELETE ON credential TO ichimai_rekey;
GRANT SELECT ON key_check TO ichimai_rekey;
GRANT UPDATE (generation, numbers_digest, rewritten_to) ON key_check TO ichimai_rekey;
